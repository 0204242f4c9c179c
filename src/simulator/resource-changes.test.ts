import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { answerActivityLog } from './activity-log.ts';
import { changeRows, pageOf } from './resource-changes.ts';
import { type Simulator, startSimulator } from './simulator.ts';
import { minuteOf, type World } from './world.ts';

const NOW = new Date('2026-11-23T10:30:20Z');
let simulator: Simulator;
let world: World;

beforeAll(async () => {
  simulator = await startSimulator({ scenario: 'stale-members', now: () => NOW });
  world = simulator.world;
});
afterAll(() => simulator.close());

interface Row {
  readonly properties: {
    readonly targetResourceId: string;
    readonly changeType: string;
    readonly changeAttributes: { readonly correlationId: string; readonly changedBy: string };
  };
}

function rowsOf(texts: readonly string[], from = '2026-11-22T10:00:00.000Z'): readonly Row[] {
  const quoted = texts.map((text) => `'${text.toLowerCase()}'`).join(', ');
  const query = `between (datetime(${from}) .. datetime(${NOW.toISOString()})) in (${quoted})`;
  return changeRows(world, query, minuteOf(world, NOW)) as readonly Row[];
}

test('what Resource Graph saw change is in the activity log, by the same author and with the same correlation', () => {
  const query = new URLSearchParams({ $filter: "eventTimestamp ge '2026-11-22T10:00:00Z'", $skipToken: '0' });
  const pages = [0, 6, 12].flatMap((skip) => {
    query.set('$skipToken', String(skip));
    const { body } = answerActivityLog(world, query, 'https://x', minuteOf(world, NOW)) as unknown as {
      readonly body: { readonly value: readonly { readonly correlationId: string; readonly caller: string }[] };
    };
    return body.value;
  });
  const rows = rowsOf([world.resourceGroup]);
  expect(rows.length).toBeGreaterThan(1);
  for (const { properties } of rows) {
    const { correlationId, changedBy } = properties.changeAttributes;
    const own = pages.filter((event) => event.correlationId === correlationId);
    expect(own).toHaveLength(2);
    if (changedBy !== 'System') expect(own[0]?.caller).toBe(changedBy);
  }
});

test('only what is asked for, in the time that is asked for', () => {
  expect(rowsOf(['rg-of-others'])).toEqual([]);
  expect(rowsOf([world.resourceGroup], NOW.toISOString())).toEqual([]);
  const types = rowsOf([world.resourceGroup]).map(({ properties }) => properties.changeType);
  expect(new Set(types)).toEqual(new Set(['Create', 'Delete', 'Update']));
});

test('pages', () => {
  const data = Array.from({ length: 10 }, (_, index) => index);
  expect(pageOf(data, {})).toMatchObject({ count: 8, totalRecords: 10, $skipToken: '8' });
  const last = pageOf(data, { options: { $skipToken: '8' } });
  expect(last).toMatchObject({ data: [8, 9] });
  expect(last).not.toHaveProperty('$skipToken');
});
