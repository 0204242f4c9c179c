import { describe, expect, test } from '@jest/globals';
import { onDemandHealth } from './on-demand-health.ts';
import { probePath404 } from './scenarios/probe-path-404.ts';
import { gatewayId, type World } from './world.ts';

const world: World = { ...probePath404.world, startedAt: '2026-09-14T02:00:00Z' };

interface Body {
  readonly backendHealthHttpSettings?: {
    readonly servers: readonly {
      readonly address: string;
      readonly health: string;
      readonly healthProbeLog?: string;
    }[];
  };
}

function ask(changes: object = {}, of: World = world) {
  const probe = {
    ...{ protocol: 'Http', host: 'shop.fabrikam.example', path: '/healthz', timeout: 10 },
    match: { statusCodes: ['200-399'] },
    backendAddressPool: { id: `${gatewayId(of)}/backendAddressPools/pool-orders` },
    backendHttpSettings: { id: `${gatewayId(of)}/backendHttpSettingsCollection/http-orders` },
  };
  const { status, body } = onDemandHealth(of, { ...probe, ...changes }, 0);
  const servers = (body as Body).backendHealthHttpSettings?.servers ?? [];
  return { status, health: servers.map(({ health }) => health), texts: servers.map((one) => one.healthProbeLog) };
}

describe('a world whose health page has moved', () => {
  test('is asked as the probe does, with another path, and with any status accepted', () => {
    expect(ask()).toMatchObject({ status: 200, health: ['Unhealthy', 'Unhealthy'] });
    expect(ask({ path: '/health/ready' }).health).toEqual(['Healthy', 'Healthy']);
    const any = ask({ match: { statusCodes: ['100-599'] } });
    expect(any.health).toEqual(['Healthy', 'Healthy']);
    expect(any.texts[0]).toContain('404');
  });

  test('a test has no port, so it goes to that of the setting', () => {
    const probes = world.gateway.probes.map((probe) => ({ ...probe, port: 9999 }));
    const moved = { ...world, gateway: { ...world.gateway, probes } };
    expect(ask({ path: '/health/ready' }, moved).health).toEqual(['Healthy', 'Healthy']);
  });

  test.each(['stopped', 'healthLost'] as const)('says nothing of members while %s', (state) => {
    const gateway = { ...world.gateway, [state]: {} };
    expect(ask({}, { ...world, gateway })).toMatchObject({
      health: ['Unknown', 'Unknown'],
      texts: [undefined, undefined],
    });
  });

  test('a pool that is not there is refused', () => {
    expect(ask({ backendAddressPool: { id: 'nowhere' } }).status).toBe(400);
    expect(ask({ backendAddressPool: 7, backendHttpSettings: null }).status).toBe(400);
  });
});
