import { describe, expect, test } from '@jest/globals';
import type { Member, MemberHealth } from '../core/backend-health.ts';
import type { Readings } from '../core/readings.ts';
import { addressesBehind, isIpv4, knownAddresses, membersInQuestion } from './members-in-question.ts';

function member(
  address: string,
  health: MemberHealth,
  kind: 'answered' | 'cannot-connect' | 'silent' = 'silent',
): Member {
  return { address, health, healthAsWritten: health, observed: { kind } };
}

function readingsOf(targets: Readonly<Record<string, readonly Member[]>>, more: Partial<Readings> = {}): Readings {
  return {
    evidence: [],
    backendHealth: {
      targets: Object.entries(targets).map(([pool, members]) => ({ pool, setting: 's', members })),
    },
    ...more,
  };
}

const chosen = (readings: Readings, max = 10) => membersInQuestion(readings, max).map((one) => one.member.address);

describe('membersInQuestion', () => {
  test('every target gets one before any gets a second', () => {
    const readings = readingsOf({
      a: [member('10.0.0.1', 'unhealthy'), member('10.0.0.2', 'unhealthy'), member('10.0.0.9', 'healthy', 'answered')],
      b: [member('10.0.1.1', 'healthy', 'answered'), member('10.0.1.2', 'partial')],
    });
    expect(chosen(readings)).toEqual(['10.0.0.1', '10.0.1.2', '10.0.0.2']);
    expect(chosen(readings, 2)).toEqual(['10.0.0.1', '10.0.1.2']);
  });

  test('where nobody fails, who is Unknown or carries a failure text', () => {
    const readings = readingsOf({
      a: [member('10.0.0.1', 'healthy', 'answered'), member('10.0.0.2', 'unknown')],
      b: [member('10.0.1.1', 'healthy', 'cannot-connect')],
    });
    expect(chosen(readings)).toEqual(['10.0.0.2', '10.0.1.1']);
  });

  test('where nobody does, whose requests fail; and else nobody', () => {
    const healthy = { a: [member('10.0.0.1', 'healthy', 'answered')], b: [member('10.0.1.1', 'healthy', 'silent')] };
    const group = { pool: 'B', setting: 'S', status: 502, count: 3, transactionIds: [] };
    expect(chosen(readingsOf(healthy, { traffic: { groups: [group], unread: 0, minutes: [] } }))).toEqual(['10.0.1.1']);
    expect(chosen(readingsOf(healthy))).toEqual([]);
    expect(chosen({ evidence: [] })).toEqual([]);
  });
});

describe('addresses', () => {
  test.each([
    ['10.0.0.4', true],
    ['255.255.255.255', true],
    ['10.0.0.256', false],
    ['10.0.0.04', false],
    [' 10.0.0.4', false],
    ["10.0.0.4'", false],
    ['::1', false],
  ])('%j', (text, told) => {
    expect(isIpv4(text)).toBe(told);
  });

  test('a name stands for what it resolved to', () => {
    const resolution = { addresses: ['10.0.0.7', 'fe80::1'] };
    const probeResults = { observations: [{ member: 'App.example', resolution, ports: [], requests: [] }] };
    const readings = readingsOf(
      { a: [member('app.example', 'unhealthy'), member('10.0.0.1', 'unhealthy')] },
      { probeResults },
    );
    expect(addressesBehind(readings, 'app.example')).toEqual(['10.0.0.7']);
    expect(addressesBehind(readings, 'other.example')).toEqual([]);
    expect(knownAddresses(readings)).toEqual(['10.0.0.7', '10.0.0.1']);
  });
});
