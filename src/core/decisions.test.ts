import { describe, expect, test } from '@jest/globals';
import { signal } from '../../test/memory-ports.ts';
import { decideAnnouncement } from './announce.ts';
import type { Diagnosis } from './diagnose.ts';
import { impactOf } from './impact.ts';
import type { Incident } from './incident.ts';
import { decideIntake } from './intake.ts';
import { parseGatewayId } from './resource-id.ts';

const open: Incident = {
  id: 'i',
  gatewayId: 'g',
  state: 'open',
  isTest: false,
  openedAt: '2026-09-14T02:30:00.000Z',
  updatedAt: '2026-09-14T02:30:00.000Z',
  signals: [signal()],
  investigations: 1,
  revision: 1,
  outbox: [],
  timeline: [],
};
const resolved: Incident = { ...open, state: 'resolved' };
const later = { at: '2026-09-14T02:40:00.000Z' };

describe('what a signal means', () => {
  test.each([
    ['nothing is open', undefined, signal(), 'open'],
    ['the last one is resolved', resolved, signal(later), 'open'],
    ['one is open', open, signal({ id: 'other' }), 'join'],
    ['the same rule fires again', open, signal(later), 'join'],
    ['the same event comes twice', open, signal(), 'repeat'],
    ['the same event comes after the end', resolved, signal(), 'ignore'],
    ['it resolves what is open', open, signal({ condition: 'resolved', ...later }), 'join'],
    ['it resolves what is not open', resolved, signal({ condition: 'resolved', ...later }), 'ignore'],
    ['it resolves what never was', undefined, signal({ condition: 'resolved' }), 'ignore'],
  ] as const)('when %s', (_name, current, incoming, action) => {
    const decision = decideIntake(current, incoming);
    expect(decision.action).toBe(action);
    expect(decision.reason).toMatch(/\.$/);
  });
});

describe('whether people are told', () => {
  const diagnosis: Diagnosis = { established: false, headline: '', healthy: false, verdicts: [], evidence: [] };
  const likely: Diagnosis = {
    ...diagnosis,
    established: true,
    verdicts: [{ cause: 'x', verdict: 'likely', scope: { pool: 'p' }, because: [], missing: [], fix: [] }],
  };
  const down = (address: string) => ({
    evidence: [],
    backendHealth: {
      targets: [
        {
          pool: 'p',
          setting: 's',
          members: [
            { address, health: 'unhealthy', healthAsWritten: 'Unhealthy', observed: { kind: 'silent' } } as const,
          ],
        },
      ],
    },
  });
  const told = (incident: Incident, now: Diagnosis, address: string): Incident => {
    const first = decideAnnouncement(incident, now, down(address));
    const fingerprint = first.action === 'notify' ? first.fingerprint : '';
    return { ...incident, lastNotified: { revision: 1, kind: 'opened', fingerprint } };
  };

  test('trouble without a cause is told too', () => {
    expect(decideAnnouncement(open, diagnosis, down('a'))).toMatchObject({ action: 'notify', kind: 'opened' });
  });

  test('the same again is held; another cause, level or member is an update', () => {
    const incident = told(open, likely, 'a');
    const confirmed: Diagnosis = { ...likely, verdicts: likely.verdicts.map((v) => ({ ...v, verdict: 'confirmed' })) };
    expect(decideAnnouncement(incident, likely, down('a')).action).toBe('hold');
    expect(decideAnnouncement(incident, confirmed, down('a'))).toMatchObject({ action: 'notify', kind: 'updated' });
    expect(decideAnnouncement(incident, likely, down('b'))).toMatchObject({ action: 'notify', kind: 'updated' });
  });

  test('health is told only to people who were told of trouble', () => {
    const healthy: Diagnosis = { ...diagnosis, healthy: true };
    expect(decideAnnouncement(open, healthy, { evidence: [] })).toMatchObject({ action: 'hold', resolves: true });
    expect(decideAnnouncement(told(open, likely, 'a'), healthy, { evidence: [] })).toMatchObject({
      action: 'notify',
      kind: 'resolved',
    });
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
