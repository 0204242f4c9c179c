import { expect, test } from '@jest/globals';
import { memoryPorts, signal } from '../../test/memory-ports.ts';
import { GATEWAY_ID } from '../causes/case.ts';
import { receiveSignal } from './receive-alert.ts';
import { reconcile } from './reconcile.ts';
import { sweep } from './sweep.ts';

const fired = { outcome: 'signal', signal: signal() } as const;

test('a first alert opens an incident, stores it, queues it and answers with its id', async () => {
  const ports = memoryPorts();
  const receipt = await receiveSignal(ports, fired);
  expect(receipt).toMatchObject({ status: 202, body: { outcome: 'open' } });
  const [incident] = [...ports.rows.values()];
  expect(incident).toMatchObject({ id: receipt.body.incidentId, state: 'open', gatewayId: GATEWAY_ID });
  expect(incident?.timeline.map((entry) => entry.event)).toEqual(['opened']);
  expect(ports.investigateQueue).toEqual([{ incidentId: incident?.id }]);
});

test('another rule of the same gateway joins, whatever the case of its id', async () => {
  const ports = memoryPorts();
  const first = await receiveSignal(ports, fired);
  const other = signal({ id: 'b0', title: 'failed-requests', gatewayId: GATEWAY_ID.toUpperCase() });
  const second = await receiveSignal(ports, { outcome: 'signal', signal: other });
  expect(second.body).toMatchObject({ outcome: 'join', incidentId: first.body.incidentId });
  expect(ports.rows.size).toBe(1);
});

test('the same alert sent twice stays one incident with one signal, and is queued again', async () => {
  const ports = memoryPorts();
  const first = await receiveSignal(ports, fired);
  const second = await receiveSignal(ports, fired);
  expect(second.body).toMatchObject({ outcome: 'repeat', incidentId: first.body.incidentId });
  expect([...ports.rows.values()][0]?.signals).toHaveLength(1);
  expect(ports.investigateQueue).toHaveLength(2);
});

test('a crash between storing and queueing is mended by the repeat', async () => {
  const ports = memoryPorts();
  ports.failAt.set('queues.investigate', new Error('connection reset'));
  expect((await receiveSignal(ports, fired)).status).toBe(503);
  ports.failAt.clear();
  expect((await receiveSignal(ports, fired)).status).toBe(202);
  expect(ports.rows.size).toBe(1);
  expect(ports.investigateQueue).toHaveLength(1);
});

test.each(['incidents.change', 'intake.record'])('a failure of %s is answered 503, never 500', async (step) => {
  const ports = memoryPorts();
  ports.failAt.set(step, new Error('AccountKey=secret was refused'));
  const parsed =
    step === 'intake.record' ? ({ outcome: 'not-ours', reason: 'About a virtual machine.' } as const) : fired;
  const receipt = await receiveSignal(ports, parsed);
  expect(receipt.status).toBe(503);
  expect(JSON.stringify(receipt)).not.toContain('secret');
});

test('what is not about a gateway is accepted, recorded with the reason, and not queued', async () => {
  const ports = memoryPorts();
  const receipt = await receiveSignal(ports, { outcome: 'not-ours', reason: 'About a virtual machine.', title: 'cpu' });
  expect(receipt).toMatchObject({ status: 202, body: { outcome: 'set-aside', reason: 'About a virtual machine.' } });
  expect(ports.setAside).toMatchObject([{ reason: 'About a virtual machine.', title: 'cpu' }]);
  expect(ports.investigateQueue).toHaveLength(0);
});

test('what cannot be read is answered 400 with its code, and leaves no trace', async () => {
  const ports = memoryPorts();
  const receipt = await receiveSignal(ports, {
    outcome: 'invalid',
    code: 'no-essentials',
    message: 'Nothing to read.',
  });
  expect(receipt).toEqual({ status: 400, body: { error: { code: 'no-essentials', message: 'Nothing to read.' } } });
  expect(ports.rows.size + ports.setAside.length + ports.investigateQueue.length).toBe(0);
});

test('a resolved alert without an open incident is recorded and ignored', async () => {
  const ports = memoryPorts();
  const receipt = await receiveSignal(ports, { outcome: 'signal', signal: signal({ condition: 'resolved' }) });
  expect(receipt.body.outcome).toBe('ignored');
  expect(ports.rows.size).toBe(0);
  expect(ports.setAside).toHaveLength(1);
});

test('a portal test never joins, nor is joined by, a real incident', async () => {
  const ports = memoryPorts();
  const real = await receiveSignal(ports, fired);
  const drill = await receiveSignal(ports, { outcome: 'signal', signal: signal({ id: 't', isTest: true }) });
  expect(drill.body.outcome).toBe('open');
  expect(drill.body.incidentId).not.toBe(real.body.incidentId);
  expect(ports.rows.size).toBe(2);
});

test('signals and timeline stay bounded however often a rule fires', async () => {
  const ports = memoryPorts();
  for (let minute = 0; minute < 300; minute += 1) {
    const at = new Date(Date.parse('2026-09-14T02:00:00Z') + minute * 60_000).toISOString();
    await receiveSignal(ports, { outcome: 'signal', signal: signal({ at, title: `rule-${minute}` }) });
  }
  const [incident] = [...ports.rows.values()];
  expect(incident?.signals).toHaveLength(20);
  expect(incident?.signals[0]?.at).toBe('2026-09-14T02:00:00.000Z');
  expect(incident?.timeline).toHaveLength(200);
  expect(incident?.timeline[0]?.event).toBe('opened');
});

test('signals stay within what a row can hold, whatever they carry', async () => {
  const ports = memoryPorts();
  const dimensions = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`d${index}`, 'x'.repeat(250)]));
  const criteria = Array.from({ length: 20 }, () => ({ measure: 'HealthyHostCount', dimensions }));
  for (let minute = 10; minute < 40; minute += 1) {
    await receiveSignal(ports, {
      outcome: 'signal',
      signal: signal({ at: `2026-09-14T02:${minute}:00.000Z`, criteria }),
    });
  }
  const [incident] = [...ports.rows.values()];
  expect(JSON.stringify(incident).length).toBeLessThan(400_000);
  expect(incident?.signals.at(-1)?.at).toBe('2026-09-14T02:39:00.000Z');
});

test('an alert that names several gateways opens an incident for each', async () => {
  const ports = memoryPorts();
  const others = [signal({ gatewayId: `${GATEWAY_ID}-b` }), signal({ gatewayId: `${GATEWAY_ID}-c` })];
  await receiveSignal(ports, { outcome: 'signal', signal: signal(), others });
  expect(ports.rows.size).toBe(3);
  expect(new Set(ports.investigateQueue.map(({ incidentId }) => incidentId)).size).toBe(3);
});

test.each(['foreign', 'absent'] as const)(
  'an alert about a gateway that is %s is set aside with its reason',
  async (check) => {
    const ports = memoryPorts();
    ports.check = check;
    const receipt = await receiveSignal(ports, { outcome: 'signal', signal: signal() });
    expect(receipt.body).toMatchObject({ outcome: 'set-aside', reason: expect.stringMatching(/\.$/) });
    expect(ports.rows.size).toBe(0);
  },
);

test('where Azure does not answer, the alert pages, and says that nothing could be checked', async () => {
  const ports = memoryPorts([{ name: 'pagerduty', deliver: async () => ({ outcome: 'delivered' }) }]);
  ports.check = 'unchecked';
  await receiveSignal(ports, { outcome: 'signal', signal: signal() });
  expect(ports.documents.get(ports.deliverQueue[0]?.notification ?? '')).toMatchObject({
    headline: expect.stringContaining('could be checked'),
  });
});

test('an alert that Azure lists and whose webhook never came is taken in, once, and not before its webhook had time', async () => {
  const ports = memoryPorts();
  ports.fired.push(signal({ id: 'lost', at: '2026-09-14T02:20:00.000Z' }));
  expect(await reconcile(ports)).toBe(1);
  expect(await reconcile(ports)).toBe(0);
  ports.fired.push(signal({ id: 'young', gatewayId: `${GATEWAY_ID}-b`, at: '2026-09-14T02:28:00.000Z' }));
  expect(await reconcile(ports)).toBe(0);
  expect([...ports.rows.values()].map(({ signals }) => signals[0]?.id)).toEqual(['lost']);
});

test('the watchdog hears of us only while everything moves', async () => {
  const ports = memoryPorts();
  await receiveSignal(ports, { outcome: 'signal', signal: signal() });
  await sweep(ports);
  expect(ports.beats).toBe(1);
  ports.failAt.set('incidents.change', new Error('storage is down'));
  ports.clock = new Date(ports.clock.getTime() + 40 * 60_000);
  const { audit, failed } = await sweep(ports);
  expect(failed).toBe(1);
  expect(audit).toHaveLength(2);
  expect(ports.beats).toBe(1);
});
