import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { build } from '../scripts/build.ts';
import { differences, isRead, kindOf, type Life, live, openStage, sinksOfLife } from '../src/local/kill-at.ts';
import { labelOf } from '../src/local/kill-at-label.ts';

/**
 * The local host is killed with SIGKILL in the middle of an incident's life and started again on the same storage. Where
 * it can die is read off what it really sent and got. All of it is played by `node src/local/kill-everywhere.ts`; here
 * dies one process for each sort of step.
 */

const project = join(import.meta.dirname, '..');
const folder = join(project, '.local', `run-${process.pid}`);
const dist = join(folder, 'killed-dist');
const LANES = 4;
type Stage = Awaited<ReturnType<typeof openStage>>;
let stages: readonly Stage[] = [];
let calm: Life;

beforeAll(async () => {
  mkdirSync(dist, { recursive: true });
  await build({ root: project, outdir: dist });
  stages = await Promise.all(Array.from({ length: LANES }, (_, index) => openStage({ dist, name: `test-${index}` })));
  calm = await live(stages[0] as Stage);
});
afterAll(async () => {
  await Promise.all(stages.map((stage) => stage.stop()));
  rmSync(folder, { recursive: true, force: true });
});

test('the life without a death tells everybody of its beginning and its end, once', () => {
  expect(calm.died).toBe(false);
  expect(calm.repeated).toEqual([]);
  expect(calm.incident).toMatchObject({ state: 'resolved', severity: 'critical', outbox: [] });
  expect(differences(calm, calm)).toEqual([]);
  const heard = sinksOfLife.map((sink) => calm.deliveries.filter((delivery) => delivery.sink === sink));
  // The diagnosis, the higher severity and the end; the pager was told at once as well.
  expect(heard.map((each) => each.length)).toEqual([3, 3, 4, 3]);
  expect(heard.map((each) => each.filter(({ isEnd }) => isEnd).length)).toEqual([1, 1, 1, 1]);
  // As many answers as requests: the life was at rest when it was looked at.
  expect(calm.trace.length).toBeGreaterThan(400);
  expect(calm.trace.filter((line) => !isRead(line)).length).toBeGreaterThan(200);
});

/** Where a process dies: the kind of a boundary, and how many of that kind it passes before. */
const DEATHS: readonly (readonly [kind: string, nth: number])[] = [
  // The door: nothing is stored, the incident is, the message is queued.
  ['before POST table incidents', 1],
  ['after POST table incidents', 1],
  ['after queue investigate send', 1],
  // The investigation: taken from its queue, read, kept, decided, handed over.
  ['after queue investigate receive', 1],
  ['after PUT blob notification-2.json', 1],
  ['after queue deliver send', 3],
  // The delivery: claimed, sent, written down, taken off its queue.
  ['after PUT table deliveries latest-webhook', 1],
  ['after POST webhook', 1],
  ['before PUT table deliveries latest-slack', 4],
  ['after PUT table deliveries latest-pagerduty', 4],
  ['before queue deliver delete', 2],
  // The end.
  ['after PUT blob notification-4.json', 1],
];

/** A machine that stands still loses answers as well; such a run says so, and is made once more. */
jest.retryTimes(1, { logErrorsBeforeRetry: true });

describe('a host that dies', () => {
  test('ends as one that does not, and says twice only what its ledger could not hold', async () => {
    const wanted = DEATHS.map(([kind, nth]) => calm.trace.filter((line) => kindOf(line) === kind)[nth - 1] ?? kind);
    const missing = wanted.filter((boundary) => !calm.trace.includes(boundary));
    expect(missing).toEqual([]);

    const waiting = [...wanted];
    const lives: (readonly [boundary: string, life: Life])[] = [];
    const work = async (stage: Stage) => {
      for (let boundary = waiting.shift(); boundary !== undefined; boundary = waiting.shift()) {
        lives.push([boundary, await live(stage, boundary)]);
      }
    };
    await Promise.all(stages.map(work));

    expect(lives).toHaveLength(wanted.length);
    for (const [boundary, life] of lives) expect([boundary, differences(life, calm)]).toEqual([boundary, []]);
    // The order of what runs side by side differs from run to run, so that a late occurrence may not come.
    expect(lives.filter(([, life]) => life.died).length).toBeGreaterThanOrEqual(wanted.length - 2);
    // The gap that no ledger closes, and that it is one, is seen here.
    const afterSend = lives.find(([boundary]) => boundary.startsWith('after POST webhook'))?.[1];
    expect(afterSend?.repeated).toContainEqual({ sink: 'webhook', isExplained: true });
    expect(lives.filter(([, life]) => life.repeated.length > 0).length).toBeLessThan(lives.length / 2);
  }, 600_000);
});

test('requests are named by what they do, without ids and times', () => {
  const storage = { blob: 'http://127.0.0.1:1', queue: 'http://127.0.0.1:2', table: 'http://127.0.0.1:3' };
  const label = (method: string, origin: string, path: string) => labelOf({ method, origin, path }, storage);
  const account = '/devstoreaccount1';
  expect([
    label('GET', storage.queue, `${account}/deliver/messages?numofmessages=8`),
    label('PUT', storage.queue, `${account}/deliver/messages/1f3a?popreceipt=x`),
    label('PUT', storage.table, `${account}/incidents(PartitionKey='ab',RowKey='current')`),
    label('PUT', storage.table, `${account}/incidents(PartitionKey='ab',RowKey='ab-cd')`),
    label('PUT', storage.table, `${account}/deliveries(PartitionKey='ab-cd',RowKey='2-slack')`),
    label('PUT', storage.blob, `${account}/snapshots/ab-cd/20260914T/metrics.json`),
    label('POST', 'http://127.0.0.1:4', '/slack/services/T000/B000/XXXX'),
    label('POST', 'https://127.0.0.1:5', '/subscriptions/5a1f0f7c/resourceGroups/rg-1/providers/x/gw-1/backendhealth'),
  ]).toEqual([
    'queue deliver receive',
    'queue deliver hide',
    'PUT table incidents current',
    'PUT table incidents',
    'PUT table deliveries 2-slack',
    'PUT blob metrics.json',
    'POST slack',
    'POST arm backendhealth',
  ]);
});
