import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { alertFor } from '../alert.ts';
import { armGateway } from '../arm-gateway.ts';
import { backendHealth } from '../backend-health.ts';
import { resourceHealth } from '../resource-health.ts';
import { trafficBetween } from '../traffic.ts';
import { DEFAULT_SCENARIO, type ScenarioName, scenarios, worldOf } from './index.ts';

const NOW = new Date('2026-11-23T10:30:20Z');

interface Server {
  readonly address: string;
  readonly health: string;
  readonly healthProbeLog?: string;
  readonly healthProbeErrorName?: string;
}

/** The servers of backend health by `pool~setting`. */
function healthOf(name: ScenarioName, minute = 0): Readonly<Record<string, readonly Server[]>> {
  const body = backendHealth(worldOf(name, NOW), minute) as {
    backendAddressPools: {
      backendAddressPool: { id: string };
      backendHttpSettingsCollection: { backendHttpSettings: { id: string }; servers: Server[] }[];
    }[];
  };
  const last = (id: string) => id.slice(id.lastIndexOf('/') + 1);
  return Object.fromEntries(
    body.backendAddressPools.flatMap((pool) =>
      pool.backendHttpSettingsCollection.map((setting) => [
        `${last(pool.backendAddressPool.id)}~${last(setting.backendHttpSettings.id)}`,
        setting.servers,
      ]),
    ),
  );
}

/** How many requests of the last hour were answered with each status and error. */
function outcomesOf(name: ScenarioName): Readonly<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  for (const { status, serverStatus, errorInfo, count } of trafficBetween(worldOf(name, NOW), -60, 0)) {
    if (status < 400 || status === 404) continue;
    const key = `${status} ${serverStatus ?? '-'} ${errorInfo}`;
    outcomes[key] = (outcomes[key] ?? 0) + count;
  }
  return outcomes;
}

describe('the catalogue', () => {
  test('lists every file of the folder, and nothing else', () => {
    const files = readdirSync(import.meta.dirname)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'index.ts')
      .map((file) => file.slice(0, -'.ts'.length));
    expect(scenarios.map(({ name }) => name as string).sort()).toEqual(files.sort());
  });

  test('begins with the default', () => {
    expect(scenarios[0]?.name).toBe(DEFAULT_SCENARIO);
  });

  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s is whole', (_name, scenario) => {
    expect(scenario.story.split(/[.:;] /).length).toBeGreaterThanOrEqual(2);
    expect(scenario.expected.anyOf.length > 0).toBe(scenario.expected.established);
    expect(scenario.expected.at.length > 0).toBe(scenario.expected.established);
    const { anyOf, alsoNamed = [], notNamed = [] } = scenario.expected;
    const wanted = [...anyOf, ...alsoNamed.flatMap((named) => named.anyOf)];
    expect(notNamed.filter((cause) => wanted.includes(cause))).toEqual([]);
    expect(JSON.parse(JSON.stringify(scenario.world))).toEqual(scenario.world);
  });

  test.each(scenarios.map(({ name, world }) => [name, world] as const))(
    '%s does not give its answer away in a name',
    (_name, { gateway, resourceGroup, alert }) => {
      const parts = [gateway.pools, gateway.settings, gateway.probes, gateway.listeners, gateway.rules].flat();
      const names = [gateway.name, resourceGroup, alert.rule, ...parts.map(({ name }) => name)];
      for (const name of names) {
        expect(name).not.toMatch(
          /wrong|expired|mismatch|slow|broken|down|fail(?!ed-requests)|moved|block|empty|drill|test/i,
        );
      }
    },
  );
});

describe('what backend health says', () => {
  const unhealthy = (name: ScenarioName) =>
    Object.entries(healthOf(name)).flatMap(([target, servers]) =>
      servers.filter(({ health }) => health !== 'Healthy').map((server) => ({ target, ...server })),
    );

  test.each([
    ['wrong-port', 'pool-orders~http-orders', 2, /^Cannot connect to backend server\./, undefined],
    [
      'probe-path-404',
      'pool-orders~http-orders',
      2,
      /status code: 404 .* 200-399 is/,
      'HttpStatusCodeMismatchWithStatusCode',
    ],
    ['probe-auth', 'pool-portal~https-portal', 2, /status code: 401 /, 'HttpStatusCodeMismatchWithStatusCode'],
    [
      'probe-redirect',
      'pool-portal~https-portal',
      2,
      /status code: 302 .* 200-299 is/,
      'HttpStatusCodeMismatchWithStatusCode',
    ],
    ['certificate-name', 'pool-portal~https-portal', 2, /^The Common Name \(CN\)/, undefined],
    ['expired-certificate', 'pool-portal~https-portal', 2, /"Valid from" and "Valid to"/, undefined],
    ['one-member-down', 'pool-catalog~http-catalog', 1, /^Cannot connect to backend server\./, undefined],
    ['backend-nsg', 'pool-orders~http-orders', 2, /^Cannot connect to backend server\./, undefined],
    ['route-to-appliance', 'pool-orders~http-orders', 2, /^Cannot connect to backend server\./, undefined],
    ['machine-stopped', 'pool-reports~http-reports', 1, /^Cannot connect to backend server\./, undefined],
    ['stale-members', 'pool-orders~http-orders', 2, /^Cannot connect to backend server\./, undefined],
    ['gateway-nsg', 'pool-orders~http-orders', 2, /^Cannot connect to backend server\./, undefined],
    ['probe-204', 'pool-portal~https-portal', 2, /status code: 204 .* 200 is/, 'HttpStatusCodeMismatchWithStatusCode'],
    [
      'probe-asks-database',
      'pool-orders~http-orders',
      2,
      /status code: 500 .* 200-399 is/,
      'HttpStatusCodeMismatchWithStatusCode',
    ],
    [
      'refused-writes',
      'pool-live-tickets-80-bp-8080~bp-live-tickets-80-8080-tickets',
      2,
      /^Cannot connect to backend server\./,
      undefined,
    ],
  ] as const)('%s', (name, target, count, text, errorName) => {
    const servers = unhealthy(name);
    expect(servers).toHaveLength(count);
    for (const server of servers) {
      expect(server).toMatchObject({ target, health: 'Unhealthy', healthProbeLog: expect.stringMatching(text) });
      expect(server.healthProbeErrorName).toBe(errorName);
    }
  });

  test.each([
    ['slow-endpoint'],
    ['healthy-but-502'],
    ['waf-403'],
    ['all-healthy'],
    ['idle-connections'],
    ['out-of-breath'],
    ['rolling-restart'],
    ['large-uploads'],
    ['search-as-you-type'],
    ['clients-give-up'],
    ['host-without-rule'],
    ['pods-not-ready'],
    ['pods-moved'],
    ['partner-timeout'],
    ['flash-sale'],
    ['platform-trouble'],
    ['locked-gateway'],
    ['morning-after'],
    ['well-again'],
  ] as const)('%s: all is well', (name) => {
    expect(unhealthy(name)).toEqual([]);
    expect(Object.values(healthOf(name)).flat().length).toBeGreaterThan(0);
  });

  test('two-at-once: two reasons in two pools', () => {
    const reasons = unhealthy('two-at-once').map(({ target, healthProbeLog = '' }) => [
      target,
      /status code: 401|Cannot connect/.exec(healthProbeLog)?.[0],
    ]);
    expect(new Set(reasons.map((reason) => reason.join(' ')))).toEqual(
      new Set(['pool-orders~http-orders Cannot connect', 'pool-catalog~http-catalog status code: 401']),
    );
  });

  test('green-so-far: Healthy, and beside it why that will not last', () => {
    const orders = healthOf('green-so-far')['pool-orders~http-orders'] ?? [];
    expect(orders.map(({ health }) => health)).toEqual(['Healthy', 'Healthy']);
    for (const { healthProbeLog } of orders) expect(healthProbeLog).toMatch(/status code: 404/);
  });

  test('unknown-and-well: nothing is known of anybody', () => {
    const servers = unhealthy('unknown-and-well');
    expect(servers).toHaveLength(Object.values(healthOf('unknown-and-well')).flat().length);
    for (const { health, healthProbeLog } of servers) {
      expect([health, healthProbeLog]).toEqual(['Unknown', expect.stringMatching(/could not be retrieved/)]);
    }
  });

  test('empty-pool: nobody to ask', () => {
    expect(healthOf('empty-pool')['pool-orders~http-orders']).toEqual([]);
  });

  test('gateway-stopped: nothing is known, and both other readings say why', () => {
    expect(
      unhealthy('gateway-stopped').every(({ health, healthProbeLog }) => health === 'Unknown' && !healthProbeLog),
    ).toBe(true);
    const world = worldOf('gateway-stopped', NOW);
    expect(armGateway(world, 0)).toMatchObject({ properties: { operationalState: 'Stopped' } });
    expect(armGateway(world, -10)).toMatchObject({ properties: { operationalState: 'Running' } });
    expect(resourceHealth(world, 0)).toMatchObject({
      properties: {
        availabilityState: 'Unavailable',
        reasonType: 'UserInitiated',
        occuredTime: '2026-11-23T10:23:00Z',
      },
    });
  });

  test.each(scenarios.map(({ name }) => [name]))('%s: an hour ago all was well', (name) => {
    const servers = Object.values(healthOf(name, -60)).flat();
    expect(servers.length).toBeGreaterThan(0);
    expect(servers.every(({ health }) => health === 'Healthy')).toBe(true);
  });
});

describe('what clients see', () => {
  test.each([
    ['wrong-port', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['probe-path-404', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['probe-auth', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['probe-redirect', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['certificate-name', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['expired-certificate', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['empty-pool', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['slow-endpoint', '504 - ERRORINFO_UPSTREAM_TIMED_OUT'],
    ['healthy-but-502', '502 502 ERRORINFO_NO_ERROR'],
    ['waf-403', '403 - ERRORINFO_NO_ERROR'],
    ['backend-nsg', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['route-to-appliance', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['machine-stopped', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['stale-members', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['gateway-nsg', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['probe-204', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['two-at-once', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['refused-writes', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['pods-moved', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['morning-after', '502 - ERRORINFO_UPSTREAM_NO_LIVE'],
    ['idle-connections', '502 - ERRORINFO_UPSTREAM_CLOSED_CONNECTION'],
    ['out-of-breath', '502 - ERRORINFO_UPSTREAM_CLOSED_CONNECTION'],
    ['rolling-restart', '502 - ERRORINFO_UPSTREAM_CLOSED_CONNECTION'],
    ['large-uploads', '502 - ERRORINFO_UPSTREAM_CLOSED_CONNECTION'],
    ['search-as-you-type', '499 - ERRORINFO_CLIENT_CLOSED_REQUEST'],
    ['clients-give-up', '499 - ERRORINFO_CLIENT_CLOSED_REQUEST'],
    ['pods-not-ready', '503 503 ERRORINFO_NO_ERROR'],
    ['partner-timeout', '504 504 ERRORINFO_NO_ERROR'],
    ['flash-sale', '503 - ERRORINFO_NO_ERROR'],
    ['platform-trouble', '502 - ERRORINFO_NO_ERROR'],
    ['green-so-far', '500 500 ERRORINFO_NO_ERROR'],
  ] as const)('%s: %s and nothing else', (name, outcome) => {
    expect(Object.keys(outcomesOf(name))).toEqual([outcome]);
  });

  test('probe-asks-database: what fails itself, until nothing is let through', () => {
    expect(Object.keys(outcomesOf('probe-asks-database')).toSorted()).toEqual([
      '500 500 ERRORINFO_NO_ERROR',
      '502 - ERRORINFO_UPSTREAM_NO_LIVE',
    ]);
  });

  test.each([
    ['one-member-down'],
    ['all-healthy'],
    ['gateway-stopped'],
    ['well-again'],
    ['locked-gateway'],
    ['unknown-and-well'],
    ['host-without-rule'],
  ] as const)('%s: no error', (name) => {
    expect(outcomesOf(name)).toEqual({});
    expect(trafficBetween(worldOf(name, NOW), -60, -20).length).toBeGreaterThan(0);
  });
});

describe('the alert', () => {
  test('is what Azure Monitor sends', () => {
    const alert = alertFor(worldOf('wrong-port', NOW), { at: NOW });
    expect(alert).toMatchObject({
      schemaId: 'azureMonitorCommonAlertSchema',
      data: {
        essentials: {
          signalType: 'Metric',
          monitorCondition: 'Fired',
          alertTargetIDs: [
            expect.stringMatching(
              /^\/subscriptions\/[0-9a-f-]+\/resourcegroups\/rg-shop-prod\/providers\/microsoft\.network\/applicationgateways\/gw-shop-weu-prod$/,
            ),
          ],
          firedDateTime: '2026-11-23T10:30:20.0003213Z',
        },
        alertContext: {
          conditionType: 'SingleResourceMultipleMetricCriteria',
          condition: {
            windowSize: 'PT5M',
            allOf: [
              {
                metricName: 'HealthyHostCount',
                operator: 'LessThan',
                threshold: '1',
                timeAggregation: 'Minimum',
                dimensions: [{ name: 'BackendSettingsPool', value: 'pool-orders~http-orders' }],
                metricValue: 0,
              },
            ],
          },
        },
      },
    });
  });

  test('resolves under the same id', () => {
    const world = worldOf('wrong-port', NOW);
    const essentials = (condition: 'Fired' | 'Resolved') =>
      (alertFor(world, { condition }) as { data: { essentials: Record<string, unknown> } }).data.essentials;
    expect(essentials('Resolved').alertId).toBe(essentials('Fired').alertId);
    expect(essentials('Resolved')).toMatchObject({
      monitorCondition: 'Resolved',
      resolvedDateTime: expect.any(String),
    });
    expect(essentials('Fired')).not.toHaveProperty('resolvedDateTime');
  });

  test.each(scenarios.map(({ name, world: { alert } }) => [name, alert] as const))(
    'of %s is true of its world',
    (name, plan) => {
      const alert = alertFor(worldOf(name, NOW), { at: NOW }) as {
        data: {
          alertContext: {
            condition?: { allOf: { metricValue: number }[] };
            properties?: { currentHealthStatus?: string };
          };
        };
      };
      if (plan.kind === 'resource-health') {
        const current = worldOf(name, NOW).availability.at(-1)?.state;
        expect(['Unavailable', 'Degraded']).toContain(current);
        expect(alert.data.alertContext.properties?.currentHealthStatus).toBe(current);
        return;
      }
      const value = alert.data.alertContext.condition?.allOf[0]?.metricValue;
      expect(value).toBeDefined();
      expect(plan.operator === 'LessThan' ? Number(value) < plan.threshold : Number(value) > plan.threshold).toBe(true);
    },
  );
});
