import { expect, test } from '@jest/globals';
import type { Log } from '../app/ports.ts';
import { answerAlerts } from '../simulator/alerts-management.ts';
import { worldOf } from '../simulator/scenarios/index.ts';
import { gatewayId } from '../simulator/world.ts';
import type { ArmGet } from './arm-get.ts';
import { createFiredAlerts } from './fired-alerts.ts';

const startedAt = new Date('2026-09-14T02:00:00.000Z');
const world = worldOf('wrong-port', startedAt);
const origin = 'https://management.azure.com';

function logging() {
  const lines: unknown[] = [];
  const keep = (fields: unknown) => lines.push(fields);
  return { log: { info: keep, warn: keep, error: keep } as Log, lines };
}

/** Resource Manager's list of alerts at a moment, as the simulator plays it. `change` may ask for something else. */
function azure(now: Date, change: (query: URLSearchParams) => void = () => {}) {
  const asked: string[] = [];
  const armGet: ArmGet = async (target) => {
    const { pathname, searchParams } = new URL(target, origin);
    asked.push(target);
    change(searchParams);
    const answer = answerAlerts(world, searchParams, origin, pathname, now);
    return { status: answer.status, body: structuredClone('body' in answer ? answer.body : undefined) };
  };
  return { armGet, asked };
}

const minutesLater = (minutes: number) => new Date(startedAt.getTime() + minutes * 60_000);

test('what has fired about a gateway is found, and nothing else', async () => {
  const { armGet } = azure(minutesLater(7));
  const signals = await createFiredAlerts(armGet, [], logging().log)([world.subscription]);
  expect(signals).toMatchObject([
    { gatewayId: gatewayId(world).toLowerCase(), condition: 'fired', at: startedAt.toISOString() },
  ]);
});

test('what fired longer than an hour ago is not asked for', async () => {
  const { armGet } = azure(minutesLater(61));
  expect(await createFiredAlerts(armGet, [], logging().log)([world.subscription])).toEqual([]);
});

test('a list of several pages is read to its end, with the token sent to Resource Manager alone', async () => {
  // Of every resource, ten at a time.
  const { armGet, asked } = azure(minutesLater(7), (query) => {
    query.delete('targetResourceType');
    query.set('pageCount', '10');
  });
  const elsewhere: ArmGet = async (target, timeoutMs) => {
    const { status, body } = await armGet(target, timeoutMs);
    const { nextLink, ...rest } = body as { nextLink: string | null };
    return { status, body: { ...rest, nextLink: nextLink?.replace(origin, 'https://elsewhere.example') } };
  };
  const signals = await createFiredAlerts(elsewhere, [], logging().log)([world.subscription]);
  expect(signals).toHaveLength(1);
  // 31 alerts; the list is not followed for ever.
  expect(asked).toHaveLength(4);
  for (const target of asked) expect(target).toMatch(/^\/subscriptions\//);
  expect(new Set(asked).size).toBe(4);
});

test.each<readonly [string, ArmGet, string]>([
  ['is refused', async () => ({ status: 403, body: { error: {} } }), 'alert-list.refused'],
  ['is throttled', async () => ({ status: 429, body: undefined }), 'alert-list.refused'],
  ['fails', async () => ({ status: 500, body: undefined }), 'alert-list.refused'],
  ['does not answer', () => Promise.reject(new Error('timeout')), 'alert-list.silent'],
])('a list that %s is logged, and the other subscriptions are read', async (_name, refused, event) => {
  const { armGet } = azure(minutesLater(7));
  const { log, lines } = logging();
  const either: ArmGet = (target, timeoutMs) => (target.includes('/other/') ? refused : armGet)(target, timeoutMs);
  const signals = await createFiredAlerts(
    either,
    ['/subscriptions/other/resourcegroups/rg'],
    log,
  )([world.subscription]);
  expect(signals).toHaveLength(1);
  expect(lines).toMatchObject([{ event }]);
});

test.each([undefined, null, [], 'x', { value: 3 }, { value: [null, {}], nextLink: 7 }, { nextLink: 'no link' }])(
  'an answer of nonsense holds no alert: %j',
  async (body) => {
    const armGet: ArmGet = async () => ({ status: 200, body });
    expect(await createFiredAlerts(armGet, [], logging().log)([world.subscription])).toEqual([]);
  },
);
