import { expect, test } from '@jest/globals';
import { memoryPorts, signal } from '../../test/memory-ports.ts';
import { backendHealthJson, gatewayJson } from '../causes/case.ts';
import { investigate } from './investigate.ts';
import type { BoundSink, PoisonMessage } from './ports.ts';
import { receiveSignal } from './receive-alert.ts';
import { sweep } from './sweep.ts';
import { takeUpAbandoned } from './take-up-abandoned.ts';

const sinkOf = (name: string): BoundSink => ({ name, deliver: async () => ({ outcome: 'delivered' }) });
const down = {
  gateway: gatewayJson({
    pools: { 'pool-checkout': ['10.0.0.4'] },
    settings: { 'http-8080': { port: 8080 } },
    routes: [['pool-checkout', 'http-8080']],
  }),
  'backend-health': backendHealthJson({
    'pool-checkout~http-8080': [
      ['10.0.0.4', 'Unhealthy', 'Received invalid status code: 404 in the backend response.'],
    ],
  }),
};

let letters = 0;
const letter = (changes: Partial<PoisonMessage>): PoisonMessage => {
  letters += 1;
  return { id: `m${letters}`, queue: 'investigate', receipt: 'r', text: '{}', ...changes };
};

async function opened(severity: number) {
  const ports = memoryPorts([sinkOf('slack'), sinkOf('pagerduty')]);
  const receipt = await receiveSignal(ports, { outcome: 'signal', signal: signal({ severity }) });
  const incidentId = String(receipt.body.incidentId);
  const incident = () => [...ports.rows.values()][0];
  const giveUp = async (message = letter({ investigation: { incidentId } })) => {
    ports.poisonRows.push(message);
    await takeUpAbandoned(ports, 'investigate');
  };
  const said = () => ports.deliverQueue.map(({ sink, revision }) => `${sink} ${revision}`);
  const newest = () =>
    ports.documents.get(incident()?.told?.notification ?? '') as { note?: string; headline?: string; kind?: string };
  return { ports, incidentId, incident, giveUp, said, newest };
}

test('an incident of which nobody was told is told with what fired, to everybody', async () => {
  const { ports, incident, giveUp, said, newest } = await opened(3);
  await giveUp();
  expect(said()).toEqual(['slack 1', 'pagerduty 1']);
  expect(newest()).toMatchObject({ kind: 'opened', fired: [expect.stringContaining('HealthyHostCount')] });
  expect(newest().headline).toMatch(/reading it failed five times/);
  expect(incident()).toMatchObject({ abandoned: { times: 1 }, told: { kind: 'page' }, outbox: [] });
  expect(ports.poisonRows).toEqual([]);
  expect(ports.keptPoison).toHaveLength(1);
});

test('whoever was woken and waits for the reading is told that there is none yet, once', async () => {
  const { giveUp, said, newest, incident } = await opened(1);
  await giveUp();
  expect(said()).toEqual(['pagerduty 1', 'slack 2', 'pagerduty 2']);
  expect(newest()).toMatchObject({ kind: 'updated', note: expect.stringMatching(/neither its state nor a recovery/) });
  await giveUp();
  expect(said()).toHaveLength(3);
  expect(incident()?.timeline.at(-1)).toMatchObject({ event: 'not-told' });
});

test('whoever knows the diagnosis is told after three times in a row, with what was known', async () => {
  const { ports, incidentId, giveUp, said, newest, incident } = await opened(3);
  ports.world = down;
  await investigate(ports, { incidentId });
  const before = said().length;
  const { headline } = newest();
  await giveUp();
  await giveUp();
  expect(said()).toHaveLength(before);
  await giveUp();
  expect(said()).toHaveLength(before + 2);
  expect(newest()).toMatchObject({
    headline,
    kind: 'updated',
    note: expect.stringMatching(/what was known at 2026-09-14 02:30 UTC/),
  });
  // A reading that succeeds ends the row, and what was told before is not said again.
  await investigate(ports, { incidentId });
  expect(incident()).not.toHaveProperty('abandoned');
  expect(said()).toHaveLength(before + 2);
});

test('it is read again, later and later', async () => {
  const { ports, incident, giveUp } = await opened(3);
  const waits: number[] = [];
  for (let times = 0; times < 7; times += 1) {
    await giveUp();
    waits.push((Date.parse(incident()?.nextLookAt ?? '') - ports.clock.getTime()) / 60_000);
  }
  expect(waits).toEqual([2, 4, 8, 16, 30, 30, 30]);
});

test('the same message that comes twice, because we died in between, counts once', async () => {
  const { ports, incidentId, incident, giveUp, said } = await opened(3);
  const message = letter({ investigation: { incidentId } });
  ports.failAt.set('poison.settle', new Error('died'));
  await expect(giveUp(message)).rejects.toThrow('died');
  ports.failAt.clear();
  await takeUpAbandoned(ports, 'investigate');
  expect(incident()?.abandoned?.times).toBe(1);
  expect(said()).toHaveLength(2);
  expect(ports.poisonRows).toEqual([]);
});

test('a silence holds it, with its reason', async () => {
  const { ports, incident, giveUp, said } = await opened(3);
  const { clock } = ports;
  ports.silenceRows.push({
    id: 's',
    from: clock.toISOString(),
    until: new Date(clock.getTime() + 3_600_000).toISOString(),
    author: 'Ada',
    reason: 'planned work.',
  });
  await giveUp();
  expect(said()).toEqual([]);
  expect(incident()?.timeline.at(-1)).toMatchObject({
    event: 'not-told',
    reason: expect.stringMatching(/^Silenced by Ada/),
  });
});

test.each([
  ['an incident that is over', { investigation: { incidentId: 'over' } }],
  ['nothing that we write', { text: 'x' }],
])('a message about %s is kept with its reason, and taken off', async (_name, changes) => {
  const { ports, giveUp, said } = await opened(3);
  await giveUp(letter(changes));
  expect(said()).toEqual([]);
  expect(ports.poisonRows).toEqual([]);
  expect(ports.keptPoison).toMatchObject([{ keep: expect.stringMatching(/\.$/) }]);
});

test('a delivery that the host gave up becomes a dead letter, and stands on the timeline', async () => {
  const { ports, incidentId, incident } = await opened(3);
  const delivery = { incidentId, revision: 1, sink: 'slack', notification: 'n' };
  ports.poisonRows.push(letter({ queue: 'deliver', delivery }), letter({ queue: 'deliver', text: 'x' }));
  await takeUpAbandoned(ports, 'deliver');
  expect(ports.deadLetters).toEqual([{ message: delivery, reason: 'The attempt failed five times.' }]);
  expect(incident()?.timeline.at(-1)).toMatchObject({ event: 'delivery-failed' });
  expect(ports.poisonRows).toEqual([]);
  expect(ports.keptPoison).toHaveLength(1);
});

test('the sweep takes up what was given up, and then its audit is clean; it says so where it cannot', async () => {
  const { ports, incidentId } = await opened(3);
  ports.poisonRows.push(letter({ investigation: { incidentId } }));
  ports.failAt.set('poison.take', new Error('storage'));
  expect((await sweep(ports)).audit).toEqual(['1 investigations were given up.']);
  ports.failAt.clear();
  expect((await sweep(ports)).audit).toEqual([]);
  expect(ports.beats).toBe(1);
});
