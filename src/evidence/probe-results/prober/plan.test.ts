import { describe, expect, test } from '@jest/globals';
import type { BackendHealth, MemberHealth } from '../../../core/backend-health.ts';
import type { Readings } from '../../../core/readings.ts';
import { planOf } from './plan.ts';
import { gatewaySketch } from './test-members.ts';

const health = (targets: Readonly<Record<string, Readonly<Record<string, MemberHealth>>>>): BackendHealth => ({
  targets: Object.entries(targets).map(([pool, members]) => ({
    ...{ pool, setting: 'setting' },
    members: Object.entries(members).map(([address, word]) => ({
      ...{ address, health: word, healthAsWritten: word, observed: { kind: 'unclassified' as const } },
    })),
  })),
});

const membersOf = (readings: Readings, limit = 20) => planOf(readings, limit).map(({ member }) => member);

describe('who is asked', () => {
  test('the members that fail, and those of which nothing is known', () => {
    const backendHealth = health({ pool: { a: 'healthy', b: 'unhealthy', c: 'unknown', d: 'partial', e: 'draining' } });
    expect(membersOf({ ...gatewaySketch(), backendHealth })).toEqual(['b', 'c', 'd']);
  });

  test('all, where none fails', () => {
    const backendHealth = health({ pool: { a: 'healthy', b: 'healthy' } });
    expect(membersOf({ ...gatewaySketch(), backendHealth })).toEqual(['a', 'b']);
  });

  test('a large pool does not crowd out a small one, and a pool in use goes before one that is not', () => {
    const backendHealth = health({
      spare: { s1: 'unhealthy', s2: 'unhealthy' },
      pool: { a: 'unhealthy', b: 'unhealthy', c: 'unhealthy' },
    });
    expect(membersOf({ ...gatewaySketch(), backendHealth }, 4)).toEqual(['a', 's1', 'b', 's2']);
  });

  test('the addresses of the configuration, where health was not read', () => {
    const { backendHealth: _unread, ...readings } = gatewaySketch({ members: ['10.0.0.4', 'app.contoso.com'] });
    expect(planOf(readings, 20)).toMatchObject([
      { member: '10.0.0.4', pool: 'pool', setting: 'setting', port: 80 },
      { member: 'app.contoso.com', pool: 'pool', setting: 'setting', port: 80 },
    ]);
  });

  test('nobody, where the configuration does not say what is asked', () => {
    const { gateway: _unread, ...readings } = gatewaySketch();
    expect(planOf(readings, 20)).toEqual([]);
    expect(planOf({ evidence: [] }, 20)).toEqual([]);
    // The setting names a probe that was not shown.
    const shown = gatewaySketch({ probe: { host: 'app.contoso.com' } });
    const { gateway } = shown;
    expect(gateway && planOf({ ...shown, gateway: { ...gateway, probes: [] } }, 20)).toEqual([]);
  });
});

test('names are compared whatever their case', () => {
  const readings = gatewaySketch({ probe: { host: 'app.contoso.com', port: 9000 } });
  const backendHealth = health({ POOL: { a: 'unhealthy' } });
  const [target] = backendHealth.targets;
  const shouted = { targets: target ? [{ ...target, setting: 'SETTING' }] : [] };
  expect(planOf({ ...readings, backendHealth: shouted }, 20)).toMatchObject([
    { member: 'a', pool: 'POOL', port: 9000 },
  ]);
});
