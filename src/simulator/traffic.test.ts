import { describe, expect, test } from '@jest/globals';
import { answerActivityLog } from './activity-log.ts';
import { backendHealth } from './backend-health.ts';
import { accessLogMinutes, accessLogRecords, accessLogSummary, type LogTable } from './log-tables.ts';
import { METRICS } from './metric-samples.ts';
import { scenarios, worldOf } from './scenarios/index.ts';
import { type Slice, trafficBetween } from './traffic.ts';
import type { Demand, Host, Service, World } from './world.ts';
import { catalogHosts, ordersHosts, shop } from './worlds/shop.ts';

const NOW = new Date('2026-11-23T10:30:20Z');
const startedAt = '2026-11-23T10:30:00.000Z';
const HOUR = [-60, 0] as const;

/** The shop with catalog machines that differ, asked for one page only. */
function shopWith(parts: {
  readonly host?: Partial<Host>;
  readonly service?: Partial<Service>;
  readonly demand?: Partial<Demand>;
  readonly world?: Partial<World>;
}): World {
  const changed = catalogHosts.map((host) => ({
    ...host,
    ...parts.host,
    serves: host.serves.map((service) => ({ ...service, ...parts.service })),
  }));
  const demand: Demand = {
    listener: 'https-shop',
    host: 'shop.fabrikam.example',
    method: 'GET',
    path: '/products',
    requestsPerMinute: 300,
    receivedBytes: 640,
    ...parts.demand,
  };
  return { ...shop, startedAt, hosts: [...ordersHosts, ...changed], demand: [demand], ...parts.world };
}

const countOf = (slices: readonly Slice[]) => slices.reduce((sum, { count }) => sum + count, 0);
const share = (slices: readonly Slice[], fits: (slice: Slice) => boolean) =>
  countOf(slices.filter(fits)) / countOf(slices);
const isClosed = ({ errorInfo }: Slice) => errorInfo === 'ERRORINFO_UPSTREAM_CLOSED_CONNECTION';

describe('connections that a backend ends', () => {
  test('are as many as it says, on every member, at the time it says, and without a status of the backend', () => {
    const world = shopWith({ service: { closes: [{ share: 0.02, tookMs: 3 }] } });
    const slices = trafficBetween(world, ...HOUR);
    expect(share(slices, isClosed)).toBeCloseTo(0.02, 2);
    const closed = slices.filter(isClosed);
    expect(new Set(closed.map(({ member }) => member)).size).toBe(3);
    for (const { status, serverStatus, took } of closed) {
      expect({ status, serverStatus, took: took.p50 }).toEqual({ status: 502, serverStatus: undefined, took: 3 });
    }
  });

  test('only beyond what the service bears, so that their share grows with the load', () => {
    const closes = [{ share: 1, beyondPerMinute: 80, tookMs: 900 }];
    const shareAt = (requestsPerMinute: number) =>
      share(trafficBetween(shopWith({ service: { closes }, demand: { requestsPerMinute } }), ...HOUR), isClosed);
    expect(shareAt(180)).toBe(0);
    expect(shareAt(480)).toBeCloseTo(0.5, 1);
    expect(shareAt(960)).toBeCloseTo(0.75, 1);
  });

  test('only under requests with large bodies', () => {
    const world = shopWith({
      service: { closes: [{ share: 1, fromBytes: 4_000_000, tookMs: 700 }] },
      demand: { large: { share: 0.1, bytes: 9_000_000 } },
    });
    const slices = trafficBetween(world, ...HOUR);
    expect(share(slices, isClosed)).toBeCloseTo(0.1, 2);
    for (const slice of slices) expect(isClosed(slice)).toBe(slice.receivedBytes === 9_000_000);
  });
});

describe('a restart', () => {
  const restarts = [{ atMinute: -20, tookMinutes: 3, by: 'application' as const }];

  test('cuts off what is under way, sends the rest elsewhere, and is over', () => {
    const hosts = catalogHosts.map((host, index) => (index === 0 ? { ...host, restarts } : host));
    const world = shopWith({ world: { hosts: [...ordersHosts, ...hosts] } });
    const at = (minute: number) => trafficBetween(world, minute, minute + 1);
    const address = catalogHosts[0]?.address ?? '';
    const goesTo = (minute: number) => at(minute).some(({ member }) => member === `${address}:8081`);
    expect([-21, -20, -19, -17, -16].map(goesTo)).toEqual([true, true, false, false, true]);
    const closed = trafficBetween(world, ...HOUR).filter(isClosed);
    expect(new Set(closed.map(({ minute, member }) => `${minute} ${member}`))).toEqual(
      new Set([`-20 ${address}:8081`]),
    );
    expect(at(-18).every(({ status }) => status === 200)).toBe(true);
  });

  const eventsOf = (world: World) => {
    const query = new URLSearchParams({ $filter: "eventTimestamp ge '2026-11-23T09:30:00Z'" });
    const { body } = answerActivityLog(world, query, 'https://127.0.0.1', 0) as {
      body: { value: { operationName: { value: string }; status: { value: string }; eventTimestamp: string }[] };
    };
    return body.value
      .filter(({ operationName }) => /restart/.test(operationName.value))
      .map(({ operationName, status, eventTimestamp }) => [
        operationName.value,
        status.value,
        eventTimestamp.slice(11, 16),
      ]);
  };

  test('is in the activity log: of machines one by one, of a scale set as one operation', () => {
    const [first, second] = catalogHosts.map((host, index) => ({
      ...host,
      restarts: [{ atMinute: -20 + 4 * index, tookMinutes: 3, by: 'application' as const }],
    }));
    if (!first || !second) throw new Error('The shop has several machines.');
    const machines = eventsOf(shopWith({ world: { hosts: [...ordersHosts, first, second] } }));
    expect(machines.map(([operation]) => operation)).toEqual(
      Array(4).fill('Microsoft.Compute/virtualMachines/restart/action'),
    );
    const inSet = [first, second].map((host) => ({ ...host, scaleSet: 'vmss-catalog-prod' }));
    expect(eventsOf(shopWith({ world: { hosts: [...ordersHosts, ...inSet] } }))).toEqual([
      ['Microsoft.Compute/virtualMachineScaleSets/restart/action', 'Succeeded', '10:17'],
      ['Microsoft.Compute/virtualMachineScaleSets/restart/action', 'Started', '10:10'],
    ]);
  });

  test('of its own accord leaves no trace there', () => {
    const world = shopWith({ host: { restarts: [{ atMinute: -20, tookMinutes: 1 }] } });
    expect(trafficBetween(world, ...HOUR).some(isClosed)).toBe(true);
    expect(eventsOf(world)).toEqual([]);
  });
});

describe('clients that do not wait', () => {
  const answers = (tookMs: number) => [
    { path: '/healthz', status: 200, tookMs: 3 },
    { status: 200, tookMs },
  ];
  const patience = { share: 0.5, fromMs: 1000, untilMs: 3000 };
  const leaving = (tookMs: number) =>
    trafficBetween(shopWith({ service: { answers: answers(tookMs) }, demand: { patience } }), ...HOUR);
  const hasLeft = ({ status }: Slice) => status === 499;

  test('leave where the answer is later than they bear, and not where it is sooner', () => {
    expect(share(leaving(800), hasLeft)).toBe(0);
    expect(share(leaving(2000), hasLeft)).toBeCloseTo(0.25, 1);
    expect(share(leaving(9000), hasLeft)).toBeCloseTo(0.5, 1);
  });

  test('after a time between the two, and never after the answer', () => {
    const left = leaving(2000).find(hasLeft);
    expect(left).toMatchObject({ errorInfo: 'ERRORINFO_CLIENT_CLOSED_REQUEST', sentBytes: 0 });
    expect(left?.took).toEqual({ min: 1000, p50: 1500, p95: 1950, max: 2000 });
  });

  test('leave before the gateway gives up, and those who stay see the timeout', () => {
    const slices = leaving(90_000);
    expect(new Set(slices.map(({ status }) => status))).toEqual(new Set([499, 504]));
  });
});

describe('what a gateway itself fails', () => {
  test('is what its largest number of instances does not carry, and its metric stays at the most', () => {
    const gateway = { ...shop.gateway, maxCapacity: 2 };
    const peak = { demand: { requestsPerMinute: 80_000 }, world: { gateway } };
    const slices = trafficBetween(shopWith(peak), ...HOUR);
    const shed = slices.filter(({ status }) => status === 503);
    expect(countOf(shed) / countOf(slices)).toBeCloseTo(0.25, 1);
    expect(shed.every(({ member, serverStatus }) => member === undefined && serverStatus === undefined)).toBe(true);
    const units = METRICS.find(({ name }) => name === 'CapacityUnits');
    expect(units?.samples(shopWith(peak), -10)).toEqual([{ dimensions: {}, value: 20, weight: 1 }]);
    expect(units?.samples(shopWith({ world: { gateway } }), -10)[0]?.value).toBeLessThan(1);
  });

  test('is a share of everything while the platform is in trouble', () => {
    const trouble = { fromMinute: -30, state: 'Degraded', title: 'Degraded', summary: '', losesShare: 0.2 } as const;
    const world = shopWith({ world: { availability: [trouble] } });
    const lost = ({ status }: Slice) => status === 502;
    expect(share(trafficBetween(world, -60, -30), lost)).toBe(0);
    expect(share(trafficBetween(world, -30, 0), lost)).toBeCloseTo(0.2, 1);
  });
});

test('a service answers by the Host that it gets: the setting’s, else that of the client', () => {
  const answers = [
    { path: '/healthz', status: 200, tookMs: 1 },
    { host: 'shop.fabrikam.example', status: 200, tookMs: 9 },
  ];
  const statusesOf = (parts: Parameters<typeof shopWith>[0]) =>
    new Set(trafficBetween(shopWith({ service: { answers }, ...parts }), -5, 0).map(({ status }) => status));
  expect(statusesOf({})).toEqual(new Set([200]));
  expect(statusesOf({ demand: { host: 'www.fabrikam.example' } })).toEqual(new Set([404]));
  const settings = shop.gateway.settings.map((setting) => ({ ...setting, hostName: 'shop.fabrikam.example' }));
  const gateway = { ...shop.gateway, settings };
  expect(statusesOf({ demand: { host: 'www.fabrikam.example' }, world: { gateway } })).toEqual(new Set([200]));
});

describe('backend health', () => {
  test('says Healthy beside a failure until the probe has failed often enough', () => {
    const answers = [
      { path: '/healthz', status: 500, tookMs: 3, fromMinute: -1 },
      { status: 200, tookMs: 9 },
    ];
    const probes = shop.gateway.probes.map((probe) => ({ ...probe, intervalSeconds: 60, unhealthyThreshold: 5 }));
    const world = shopWith({ service: { answers }, world: { gateway: { ...shop.gateway, probes } } });
    const ofCatalog = (minute: number) => {
      const body = backendHealth(world, minute) as {
        backendAddressPools: {
          backendHttpSettingsCollection: { servers: { health: string; healthProbeLog: string }[] }[];
        }[];
      };
      const server = body.backendAddressPools
        .flatMap((pool) => pool.backendHttpSettingsCollection.flatMap(({ servers }) => servers))
        .find(({ healthProbeLog }) => / 500 /.test(healthProbeLog));
      return server?.health;
    };
    expect([-2, 0, 3, 5].map(ofCatalog)).toEqual([undefined, 'Healthy', 'Healthy', 'Unhealthy']);
  });
});

/** Every endpoint answers from one world, so what one of them counts, the others count as well. */
describe.each(scenarios.map(({ name }) => [name] as const))('%s', (name) => {
  const world = worldOf(name, NOW);
  const slices = trafficBetween(world, ...HOUR);
  const total = countOf(slices);

  const column = ({ columns, rows }: LogTable, wanted: string) => {
    const index = columns.findIndex((one) => one.name === wanted);
    return rows.map((row) => row[index]);
  };
  const sum = (values: readonly unknown[]) => values.reduce<number>((all, value) => all + Number(value), 0);
  const metric = (wanted: string) => {
    const definition = METRICS.find((one) => one.name === wanted);
    return Array.from({ length: 60 }, (_, index) => definition?.samples(world, index - 60) ?? []).flat();
  };
  const totalOf = (wanted: string, fits: (dimensions: Readonly<Record<string, string>>) => boolean = () => true) =>
    sum(metric(wanted).flatMap((sample) => (fits(sample.dimensions) ? [sample.value * sample.weight] : [])));

  test('the log by groups, the log by minutes and the metrics count the same requests', () => {
    const summary = accessLogSummary(world, ...HOUR);
    expect(sum(column(summary, 'Requests'))).toBe(total);
    expect(sum(column(accessLogMinutes(world, ...HOUR), 'Requests'))).toBe(total);
    expect(totalOf('ResponseStatus')).toBe(total);
    expect(totalOf('TotalRequests')).toBe(countOf(slices.filter(({ target }) => target)));
  });

  test('and the same failures, by whoever made them', () => {
    const failed = countOf(slices.filter(({ status }) => status === 502 || status === 504));
    expect(sum(column(accessLogMinutes(world, ...HOUR), 'Failed'))).toBe(failed);
    expect(totalOf('FailedRequests')).toBe(countOf(slices.filter(({ status, target }) => target && status >= 500)));
    expect(totalOf('BackendResponseStatus', ({ HttpStatusGroup }) => HttpStatusGroup === '5xx')).toBe(
      countOf(slices.filter(({ serverStatus = 0 }) => serverStatus >= 500)),
    );
  });

  test('a request carries a status of the backend only if it went to one', () => {
    const odd = slices.filter(
      ({ member, serverStatus, server }) =>
        (serverStatus !== undefined && member === undefined) || (server === undefined) !== (member === undefined),
    );
    expect(odd).toEqual([]);
  });

  test('no two requests have one transaction id', () => {
    const ids = column(accessLogRecords(world, -1, 0, 500), 'TransactionId');
    expect(new Set(ids).size).toBe(ids.length);
  });
});
