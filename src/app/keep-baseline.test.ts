import { expect, test } from '@jest/globals';
import { memoryPorts, signal } from '../../test/memory-ports.ts';
import { backendHealthJson, GATEWAY_ID, gatewayJson } from '../causes/case.ts';
import { investigate } from './investigate.ts';
import { keepBaseline } from './keep-baseline.ts';
import { receiveSignal } from './receive-alert.ts';

const ok = ['10.0.0.4', 'Healthy', 'Success. Received 200 status code'] as const;
const lost = ['10.0.0.4', 'Unhealthy', 'Received invalid status code: 404 in the backend server response.'] as const;
const sketch = {
  pools: { 'pool-checkout': ['10.0.0.4'] },
  settings: { 'http-8080': { port: 8080 } },
  routes: [['pool-checkout', 'http-8080']] as [string, string][],
};
const world = (member: typeof ok | typeof lost, port = 8080) => ({
  gateway: gatewayJson({ ...sketch, settings: { 'http-8080': { port } } }),
  'backend-health': backendHealthJson({ 'pool-checkout~http-8080': [[...member]] }),
});

function prepared() {
  const ports = memoryPorts();
  Object.assign(ports, {
    baselinePolicy: { configMinutes: 5, healthMinutes: 30 },
    watchedGateways: [GATEWAY_ID.toLowerCase()],
  });
  ports.world = world(ok);
  const later = (minutes: number) => {
    ports.clock = new Date(ports.clock.getTime() + minutes * 60_000);
  };
  return { ports, later, baseline: () => ports.baselineRows.get(GATEWAY_ID.toLowerCase()) };
}

test('a gateway that was never in trouble is read, and again when it is due', async () => {
  const { ports, later, baseline } = prepared();
  expect(await keepBaseline(ports)).toEqual({ known: 1, read: 2, failed: 0, postponed: 0 });
  expect(baseline()).toMatchObject({
    places: [{ pool: 'pool-checkout', setting: 'http-8080', spans: [{ healthy: 1, total: 1 }] }],
    configs: [{ hash: expect.any(String) }],
  });
  expect(await keepBaseline(ports)).toMatchObject({ read: 0 });
  later(5);
  expect(await keepBaseline(ports)).toMatchObject({ read: 1 });
  expect(baseline()?.configs).toHaveLength(1);
});

test('nothing is read where it is switched off', async () => {
  const { ports } = prepared();
  Object.assign(ports, { baselinePolicy: { configMinutes: 0, healthMinutes: 30 } });
  await keepBaseline(ports);
  expect(ports.reads).toEqual([]);
});

test('where calls are in demand, none is spent', async () => {
  const { ports } = prepared();
  ports.room = 100;
  expect(await keepBaseline(ports)).toMatchObject({ read: 0, postponed: 2 });
  expect(ports.reads).toEqual([]);
});

test('a gateway that cannot be read is asked less often, and does not hold up the others', async () => {
  const { ports, later, baseline } = prepared();
  ports.world = {};
  expect(await keepBaseline(ports)).toMatchObject({ failed: 2 });
  expect(baseline()?.asked).toMatchObject({ config: { failures: 1 }, health: { failures: 1 } });
  later(5);
  expect(await keepBaseline(ports)).toMatchObject({ read: 0, failed: 0 });
  ports.failAt.set('collect', new Error('reset'));
  later(5);
  expect(await keepBaseline(ports)).toMatchObject({ failed: 1 });
});

test('an incident freezes it, and tells what was before: the members, and a change nobody recorded', async () => {
  const { ports, later } = prepared();
  await keepBaseline(ports);
  later(6);
  ports.world = world(lost, 9090);
  await receiveSignal(ports, { outcome: 'signal', signal: signal({ at: ports.clock.toISOString() }) });
  expect(await keepBaseline(ports)).toMatchObject({ known: 1, read: 0, postponed: 0 });

  const [{ incidentId } = { incidentId: '' }] = ports.investigateQueue;
  await investigate(ports, { incidentId });
  const [incident] = [...ports.rows.values()];
  expect(incident?.before).toMatchObject({
    places: [{ healthy: 1, total: 1, at: '2026-09-14T02:30:00.000Z' }],
    config: { seenAt: '2026-09-14T02:30:00.000Z', change: { parts: ['setting http-8080 changed'] } },
  });
  const notification = ports.documents.get(incident?.told?.notification ?? '');
  expect(notification).toMatchObject({
    affected: [{ pool: 'pool-checkout', before: '1 of 1 members healthy at 2026-09-14 02:30 UTC' }],
    nearestChange: { sentence: expect.stringMatching(/between 2026-09-14 02:30 UTC and .*not a proof/) },
  });
  expect(incident?.timeline.filter(({ event }) => event === 'before')).toHaveLength(1);

  // What is mended later is no change before.
  later(10);
  ports.world = world(ok);
  await investigate(ports, { incidentId, isRecheck: true });
  later(10);
  await investigate(ports, { incidentId, isRecheck: true });
  const [over] = [...ports.rows.values()];
  expect(over).toMatchObject({ state: 'resolved', before: incident?.before });
  expect(over?.timeline.filter(({ event }) => event === 'before')).toHaveLength(1);
  expect(ports.documents.get(over?.told?.notification ?? '')).toMatchObject({
    kind: 'resolved',
    recovery: {
      places: [{ after: '1 of 1 members healthy; before the trouble 1 of 1 members healthy at 2026-09-14 02:30 UTC' }],
    },
  });
});

test('an incident does not miss a baseline that cannot be read', async () => {
  const { ports } = prepared();
  ports.world = world(lost);
  ports.failAt.set('baselines.get', new Error('storage'));
  await receiveSignal(ports, { outcome: 'signal', signal: signal() });
  await investigate(ports, { incidentId: ports.investigateQueue[0]?.incidentId ?? '' });
  const [incident] = [...ports.rows.values()];
  expect(incident?.told?.kind).toBe('opened');
  expect(incident).not.toHaveProperty('before');
});
