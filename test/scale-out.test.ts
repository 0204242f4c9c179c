import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { differencesOf, runScaleOut } from '../bench/scale-out-run.ts';
import { ENQUEUED_AT, makeMessages } from '../bench/traffic-messages.ts';
import { type Azurite, startAzurite } from '../src/local/azurite.ts';
import { type EventHubs, startEventHubs } from '../src/simulator/event-hubs/event-hubs.ts';

/**
 * Two processes share the four partitions of an event hub through the real client, its checkpoints and the product's
 * table. One is killed between two writes of a batch, and another takes its place. No count is lost and none is doubled.
 */

const PARTITIONS = 4;
let azurite: Azurite;
let hubs: EventHubs;
beforeAll(async () => {
  azurite = await startAzurite();
  hubs = await startEventHubs({ hubs: [{ name: 'logs', partitions: PARTITIONS }], now: () => new Date(ENQUEUED_AT) });
});
afterAll(async () => {
  await hubs?.close();
  await azurite?.stop();
});

test('every count is exact after a process has died in the middle of a batch', async () => {
  const messages = makeMessages(120, 20);
  const [calm, deadly] = [messages.slice(0, 60), messages.slice(60)];
  const result = await runScaleOut({
    ...{ hubs, storage: azurite.connectionString, hub: 'logs', partitions: PARTITIONS },
    ...{ processes: 2, calm, deadly, withinMs: 270_000 },
  });
  expect(result.death).toMatch(/ was ended by SIGKILL/);
  expect(result.problems).toEqual([]);
  // What was taken over is read again from the last checkpoint and before, and folded out.
  expect(result.repeated).toBeGreaterThan(0);
  expect(result.records).toBeGreaterThan(2_000);
  expect(differencesOf(result)).toEqual([]);
  expect(result.counted).toEqual(result.sent);
}, 300_000);
