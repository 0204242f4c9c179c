import { describe, expect, test } from '@jest/globals';
import { signal } from '../../test/memory-ports.ts';
import { decideAnnouncement, type Reading } from './announce.ts';
import { conditionOf } from './condition.ts';
import type { Finding } from './findings.ts';
import { impactOf } from './impact.ts';
import type { Incident } from './incident.ts';
import { decideIntake } from './intake.ts';
import { DEFAULT_POLICY } from './lifecycle.ts';
import { parseGatewayId } from './resource-id.ts';

const at = '2026-09-14T02:50:00.000Z';
const open: Incident = {
  id: 'i',
  gatewayId: 'g',
  state: 'open',
  severity: 'error',
  findings: [],
  reached: [],
  isTest: false,
  openedAt: '2026-09-14T02:30:00.000Z',
  updatedAt: '2026-09-14T02:30:00.000Z',
  signals: [signal()],
  investigations: 1,
  revision: 1,
  outbox: [],
  timeline: [],
};
const resolved: Incident = { ...open, state: 'resolved', resolvedAt: '2026-09-14T01:50:00.000Z' };
const justEnded: Incident = { ...resolved, resolvedAt: '2026-09-14T02:35:00.000Z' };
const later = { at: '2026-09-14T02:40:00.000Z' };

describe('what a signal means', () => {
  test.each([
    ['nothing is open', undefined, signal(), 'open'],
    ['the last one is long resolved', resolved, signal(later), 'open'],
    ['the last one is just resolved', justEnded, signal(later), 'reopen'],
    ['it is older than the end and comes after it', justEnded, signal({ id: 'late' }), 'ignore'],
    ['one is open', open, signal({ id: 'other' }), 'join'],
    ['the same rule fires again', open, signal(later), 'join'],
    ['the same event comes twice', open, signal(), 'repeat'],
    ['the same event comes after the end', resolved, signal(), 'ignore'],
    ['it resolves what is open', open, signal({ condition: 'resolved', ...later }), 'join'],
    ['it resolves what is not open', resolved, signal({ condition: 'resolved', ...later }), 'ignore'],
    ['it resolves what never was', undefined, signal({ condition: 'resolved' }), 'ignore'],
  ] as const)('when %s', (_name, current, incoming, action) => {
    const decision = decideIntake(current, incoming, at, DEFAULT_POLICY);
    expect(decision.action).toBe(action);
    expect(decision.reason).toMatch(/\.$/);
  });
});

describe('whether people are told', () => {
  const finding = (changes: Partial<Finding> = {}): Finding => ({
    pool: 'p',
    setting: 's',
    causes: [{ cause: 'x', verdict: 'likely' }],
    down: ['a'],
    firstAt: at,
    lastAt: at,
    ...changes,
  });
  const told = (findings: readonly Finding[]): Incident => ({
    ...open,
    told: { revision: 1, kind: 'opened', at, severity: 'error', findings, notification: 'n' },
  });
  const reading = (findings: readonly Finding[], changes: Partial<Reading> = {}): Reading => ({
    findings,
    transition: { state: 'open', reason: '' },
    isClean: false,
    silences: [],
    at,
    ...changes,
  });

  test('trouble without a cause is told too', () => {
    const announcement = decideAnnouncement(open, reading([finding({ causes: [] })]), DEFAULT_POLICY);
    expect(announcement).toMatchObject({ action: 'notify', kind: 'opened' });
  });

  test.each([
    ['the same again', finding(), 'hold'],
    ['another cause', finding({ causes: [{ cause: 'y', verdict: 'likely' }] }), 'notify'],
    ['more certainty', finding({ causes: [{ cause: 'x', verdict: 'confirmed' }] }), 'notify'],
    ['another member', finding({ down: ['a', 'b'] }), 'notify'],
    ['another place', finding({ pool: 'q' }), 'notify'],
    ['less', finding({ causes: [], down: [] }), 'hold'],
  ] as const)('%s', (_name, now, action) => {
    const announcement = decideAnnouncement(told([finding()]), reading([now]), DEFAULT_POLICY);
    expect(announcement.action).toBe(action);
    expect(announcement.reason).toMatch(/\.$/);
  });

  test('health is told only to people who were told of trouble', () => {
    const over = reading([], { isClean: true, transition: { state: 'resolved', reason: 'It is over.' } });
    expect(decideAnnouncement(open, over, DEFAULT_POLICY).action).toBe('hold');
    expect(decideAnnouncement(told([finding()]), over, DEFAULT_POLICY)).toMatchObject({ kind: 'resolved' });
  });
});

describe('how the gateway is doing now', () => {
  const member = (health: 'healthy' | 'unhealthy' | 'unknown') =>
    ({ address: 'a', health, healthAsWritten: health, observed: { kind: 'answered' } }) as const;
  const health = (...members: readonly ReturnType<typeof member>[]) => ({
    backendHealth: { targets: [{ pool: 'p', setting: 's', members }] },
  });
  const minutes = (...failed: readonly number[]) => ({
    traffic: {
      groups: [],
      unread: 0,
      minutes: failed.map((count, minute) => ({ at: `2026-09-14T02:2${minute}:00Z`, requests: 100, failed: count })),
    },
  });
  const failing = minutes(0, 0, 0, 0, 0, 0, 40, 40);
  const ended = minutes(40, 40, 0, 0, 0, 0, 0, 0);

  test.each([
    ['all members healthy, no log', health(member('healthy')), 'well'],
    ['all members healthy, requests fail', { ...health(member('healthy')), ...failing }, 'troubled'],
    ['all members healthy, requests failed and do no more', { ...health(member('healthy')), ...ended }, 'well'],
    ['members down, requests fail', { ...health(member('unhealthy')), ...failing }, 'troubled'],
    ['members down, requests succeed', { ...health(member('unhealthy')), ...ended }, 'mitigated'],
    ['members down, no log', health(member('unhealthy')), 'troubled'],
    ['an empty pool', health(), 'troubled'],
    ['health unknown, requests succeed', { ...health(member('unknown')), ...ended }, 'mitigated'],
    ['health unknown, no log', health(member('unknown')), 'unknown'],
    ['nothing read', {}, 'unknown'],
    ['a log that is hours behind', { ...ended, takenAt: '2026-09-14T06:00:00Z' }, 'unknown'],
  ] as const)('%s', (_name, readings, is) => {
    expect(conditionOf({ evidence: [], takenAt: '2026-09-14T02:31:00Z', ...readings }).is).toBe(is);
  });
});

describe('impact', () => {
  const group = (status: number, count: number) => ({
    status,
    count,
    transactionIds: [],
    firstAt: '2026-09-14T02:10:00.000Z',
    lastAt: '2026-09-14T02:20:00.000Z',
  });

  test('counts, and says so where counts are a lower bound', () => {
    const traffic = { groups: [group(200, 1588), group(502, 400), group(504, 12)], minutes: [], unread: 3 };
    expect(impactOf({ evidence: [], traffic })).toMatchObject({ failed: 412, requests: 2000 });
    expect(impactOf({ evidence: [], traffic }).sentence).toBe(
      '412 of 2000 requests (20 %) were answered 502 or 504, the first at 02:10, the last at 02:20 (a lower bound: 3 records could not be read).',
    );
  });

  test('without a log it is not known, and why', () => {
    const evidence = [{ name: 'access-log', state: 'failed', reason: '403 AuthorizationFailed' }] as const;
    expect(impactOf({ evidence }).sentence).toContain('not known');
    expect(impactOf({ evidence }).sentence).toContain('403 AuthorizationFailed');
  });
});

test.each([
  ['/SUBSCRIPTIONS/S/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/APPLICATIONGATEWAYS/GW', 'GW'],
  ['/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw/probes/p', 'gw'],
  ['/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm', undefined],
  ['gw', undefined],
  ['', undefined],
])('%s names the gateway %s', (id, name) => {
  expect(parseGatewayId(id)?.name).toBe(name);
});
