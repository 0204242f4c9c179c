import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { publishAccessLog } from './access-log-stream.ts';
import { type EventHubs, startEventHubs } from './event-hubs/event-hubs.ts';
import { accessLogMinutes, accessLogSummary } from './log-tables.ts';
import { worldOf } from './scenarios/index.ts';

let hubs: EventHubs;
beforeAll(async () => {
  hubs = await startEventHubs({ hubs: [{ name: 'logs', partitions: 4 }] });
});
afterAll(() => hubs?.close());

test('sends the very requests that the tables of the workspace count', () => {
  const world = worldOf('wrong-port', new Date('2026-09-14T02:30:00Z'));
  const published = publishAccessLog(world, hubs, 'logs', { from: -10, until: 0 });
  const sum = (rows: readonly (readonly unknown[])[], column: number) =>
    rows.reduce((total, row) => total + Number(row[column]), 0);
  const { rows } = accessLogMinutes(world, -10, 0);
  expect(published.requests).toBe(sum(rows, 1));
  expect(published.failed).toBe(sum(rows, 2));
  expect(published.failed).toBeGreaterThan(0);
  const summary = accessLogSummary(world, -10, 0);
  const requests = summary.columns.findIndex(({ name }) => name === 'Requests');
  expect(published.requests).toBe(sum(summary.rows, requests));
  const stored = hubs.counts()[0]?.partitions.map(({ events }) => events) ?? [];
  expect(stored.reduce((total, count) => total + count, 0)).toBe(published.messages);
  expect(Math.min(...stored)).toBeGreaterThan(0);
});

test('needs the hub to be there', () => {
  const world = worldOf('wrong-port', new Date('2026-09-14T02:30:00Z'));
  expect(() => publishAccessLog(world, hubs, 'other', { from: -1, until: 0 })).toThrow('no event hub "other"');
});
