import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { deliver } from '../src/app/deliver.ts';
import type { BoundSink, DeliverMessage } from '../src/app/ports.ts';
import { receiveSignal } from '../src/app/receive-alert.ts';
import { sweep } from '../src/app/sweep.ts';
import { conclude, type Look } from '../src/core/conclude.ts';
import type { Finding } from '../src/core/findings.ts';
import type { Incident, Told } from '../src/core/incident.ts';
import { DEFAULT_POLICY } from '../src/core/lifecycle.ts';
import type { Route } from '../src/core/routing.ts';
import { SEVERITIES } from '../src/core/severity.ts';
import type { Silence } from '../src/core/silence.ts';
import { samples } from '../src/sinks/samples.ts';
import type { SendOutcome } from '../src/sinks/sink.ts';
import { type MemoryPorts, memoryPorts, signal } from './memory-ports.ts';

/** "Why was this sent, why not": whatever is decided leaves a sentence on the incident's timeline. */

const at = '2026-09-14T03:00:00.000Z';
const SENTENCE = /^\S.*\.$/s;

function incident(changes: Partial<Incident> = {}): Incident {
  return {
    id: '0123456789abcdef-0123456789',
    gatewayId: signal().gatewayId,
    state: 'open',
    severity: 'error',
    isTest: false,
    openedAt: '2026-09-14T02:00:00.000Z',
    updatedAt: '2026-09-14T02:00:00.000Z',
    findings: [],
    signals: [signal()],
    investigations: 1,
    revision: 1,
    outbox: [],
    reached: [],
    timeline: [{ at: '2026-09-14T02:00:00.000Z', event: 'opened', reason: 'It began.' }],
    ...changes,
  };
}

describe('after a reading', () => {
  const finding = (changes: Partial<Finding> = {}): Finding => ({
    pool: 'p',
    setting: 's',
    causes: [{ cause: 'x', verdict: 'likely' }],
    down: ['a'],
    firstAt: at,
    lastAt: at,
    ...changes,
  });
  const findings = fc.subarray([finding(), finding({ pool: 'q' }), finding({ pool: 'r', causes: [] })]);
  const told: fc.Arbitrary<Told | undefined> = fc.option(
    fc.record({
      revision: fc.constant(1),
      kind: fc.constantFrom('page', 'opened', 'updated', 'reminder', 'resolved', 'test'),
      at: fc.constantFrom('2026-09-14T02:50:00.000Z', '2026-09-13T02:50:00.000Z'),
      severity: fc.constantFrom(...SEVERITIES),
      findings,
      notification: fc.constant('n'),
    }),
    { nil: undefined },
  );
  const silence: Silence = {
    id: 's',
    from: '2026-09-14T00:00:00Z',
    until: '2026-09-15T00:00:00Z',
    author: 'Ada',
    reason: 'work.',
  };
  const routes: readonly Route[] = [
    { name: 'slack', takesPages: false },
    { name: 'pagerduty', takesPages: true, fromSeverity: 'error' },
    { name: 'teams', takesPages: false, fromSeverity: 'critical', afterMinutes: 600 },
  ];

  test('each is either told or held, and says why, and why each sink is left out', () => {
    const decided = new Set<string>();
    fc.assert(
      fc.property(
        fc.record({
          told,
          findings,
          state: fc.constantFrom('open' as const, 'mitigated' as const, 'recovering' as const),
          severity: fc.constantFrom(...SEVERITIES),
          isTest: fc.boolean(),
          reached: fc.subarray(['slack', 'pagerduty', 'teams']),
          recoveringSince: fc.constantFrom('2026-09-14T02:59:00.000Z', '2026-09-14T02:30:00.000Z'),
        }),
        fc.record({
          findings,
          isClean: fc.boolean(),
          is: fc.constantFrom('troubled' as const, 'mitigated' as const, 'well' as const, 'unknown' as const),
          silences: fc.subarray([silence, { ...silence, pool: 'p' }]),
        }),
        fc.subarray([...routes]),
        ({ told: knows, ...state }, { is, ...read }, configured) => {
          const current = incident({ ...state, ...(knows ? { told: knows } : {}) });
          const look: Look = {
            ...read,
            at,
            condition: { is, reason: 'As it is.' },
            headline: 'It was read.',
            rounds: [],
            folder: 'f',
          };
          const { incident: next, announcement } = conclude(current, look, DEFAULT_POLICY, configured);
          const lines = next.timeline.slice(current.timeline.length);
          for (const { reason } of lines) expect(reason).toMatch(SENTENCE);
          const [line, ...more] = lines.filter(({ event }) => event === 'held' || event === 'notified');
          expect(more).toEqual([]);
          expect(line?.event).toBe(announcement.action === 'hold' ? 'held' : 'notified');
          decided.add(announcement.action === 'hold' ? `held ${announcement.reason.slice(0, 12)}` : announcement.kind);
          // What the state did is there as well.
          if (next.state !== current.state) expect(lines.map(({ event }) => event)).toContain(next.state);
          if (announcement.action === 'hold') return;
          const sent = new Set(next.outbox.flatMap(({ sinks }) => sinks));
          for (const { name } of configured) if (!sent.has(name)) expect(line?.reason).toContain(name);
          if (configured.length === 0) expect(line?.reason).toContain('No sink is configured.');
        },
      ),
      { numRuns: 3_000, seed: 1 },
    );
    // Every branch of the decision was walked.
    for (const branch of [
      'opened',
      'updated',
      'reminder',
      'resolved',
      'test',
      'held Silenced by ',
      'held Nothing new ',
      'held The test was',
    ]) {
      expect([...decided]).toContain(branch);
    }
    expect([...decided].some((branch) => branch.startsWith('held As it is.'))).toBe(true);
  });
});

describe('when a signal comes', () => {
  const pager: BoundSink = { name: 'pagerduty', deliver: async () => ({ outcome: 'delivered' }) };
  const past = { at: '2026-09-14T01:00:00.000Z' };
  const resolvedLong = { state: 'resolved', resolvedAt: '2026-09-14T01:10:00.000Z' } as const;
  const resolvedJust = { state: 'resolved', resolvedAt: '2026-09-14T02:20:00.000Z' } as const;

  test.each([
    ['opens', undefined, signal(), 'opened'],
    ['opens and wakes somebody', undefined, signal({ severity: 0 }), 'paged'],
    ['opens and wakes nobody, being less', undefined, signal({ severity: 3 }), 'not-paged'],
    ['joins', incident(), signal({ id: 'b' }), 'joined'],
    ['comes twice', incident(), signal(), 'repeated'],
    ['resolves', incident(), signal({ id: 'b', condition: 'resolved' }), 'joined'],
    ['reopens', incident(resolvedJust), signal({ id: 'b' }), 'reopened'],
    ['opens long after', incident(resolvedLong), signal({ id: 'b' }), 'opened'],
    ['is late', incident(resolvedJust), signal({ id: 'b', ...past }), 'intake'],
    ['comes again after the end', incident(resolvedJust), signal(), 'intake'],
    ['resolves what is over', incident(resolvedJust), signal({ id: 'b', condition: 'resolved' }), 'intake'],
    ['resolves what never was', undefined, signal({ condition: 'resolved' }), 'intake'],
  ] as const)('one that %s leaves its reason', async (_name, current, incoming, where) => {
    const ports = memoryPorts([pager]);
    if (current) ports.rows.set(`${incoming.gatewayId.toLowerCase()}|false`, current);
    await receiveSignal(ports, { outcome: 'signal', signal: incoming });
    const [row] = [...ports.rows.values()];
    const known = row?.id === current?.id ? (current?.timeline.length ?? 0) : 0;
    const lines = row?.timeline.slice(known) ?? [];
    const left = [...lines, ...ports.setAside.map(({ reason }) => ({ event: 'intake', reason }))];
    expect(left.map(({ event }) => event)).toContain(where);
    for (const { reason } of left) expect(reason).toMatch(SENTENCE);
  });

  test('one that is silenced wakes nobody, and says who silenced it', async () => {
    const ports = memoryPorts([pager]);
    ports.silenceRows.push({
      id: 's',
      from: '2026-09-14T00:00:00Z',
      until: '2026-09-15T00:00:00Z',
      author: 'Ada',
      reason: 'work.',
    });
    await receiveSignal(ports, { outcome: 'signal', signal: signal({ severity: 0 }) });
    const [row] = [...ports.rows.values()];
    expect(row?.timeline.at(-1)).toMatchObject({
      event: 'not-paged',
      reason: expect.stringMatching(/silenced by Ada until .*: work\.$/),
    });
    expect(ports.deliverQueue).toEqual([]);
  });
});

describe('when a message is delivered', () => {
  async function delivering(
    outcome: SendOutcome,
    changes: Partial<DeliverMessage> = {},
    prepare?: (ports: MemoryPorts) => void,
  ) {
    const sink: BoundSink = { name: 'slack', deliver: async () => outcome };
    const ports = memoryPorts([sink]);
    const row = incident();
    ports.rows.set(`${row.gatewayId.toLowerCase()}|false`, row);
    ports.documents.set('n', samples.likelyWrongPort);
    prepare?.(ports);
    await deliver(ports, { incidentId: row.id, revision: 1, sink: 'slack', notification: 'n', ...changes });
    return [...ports.rows.values()][0]?.timeline.at(-1);
  }

  test.each<
    readonly [string, SendOutcome, Partial<DeliverMessage>, ((ports: MemoryPorts) => void) | undefined, string]
  >([
    ['is taken', { outcome: 'delivered' }, {}, undefined, 'delivered'],
    ['has to wait', { outcome: 'retry', reason: '503' }, {}, undefined, 'delivery-postponed'],
    ['is refused whole', { outcome: 'rejected', reason: '400' }, {}, undefined, 'delivery-postponed'],
    ['is refused in short', { outcome: 'rejected', reason: '400' }, { isMinimal: true }, undefined, 'delivery-failed'],
    [
      'is given up after hours',
      { outcome: 'retry', reason: '503' },
      { since: '2026-09-13T02:00:00Z', attempts: 99 },
      undefined,
      'delivery-failed',
    ],
    [
      'waits behind a sink that is left alone',
      { outcome: 'delivered' },
      {},
      (ports) => ports.pauses.set('slack', '2026-09-14T09:00:00.000Z'),
      'delivery-postponed',
    ],
    [
      'is overtaken',
      { outcome: 'delivered' },
      {},
      (ports) => ports.latest.set('0123456789abcdef-0123456789|slack', { revision: 2, receipt: undefined }),
      'overtaken',
    ],
    ['is for nobody any more', { outcome: 'delivered' }, { sink: 'gone' }, undefined, 'delivery-failed'],
    ['lost its content', { outcome: 'delivered' }, { notification: 'gone' }, undefined, 'delivery-failed'],
  ])('one that %s says so', async (_name, outcome, changes, prepare, event) => {
    const line = await delivering(outcome, changes, prepare);
    expect(line).toMatchObject({ event, reason: expect.stringMatching(/^Message 1 /) });
  });

  test('an outage of hours is one line', async () => {
    const line = await delivering({ outcome: 'retry', reason: '503' }, { attempts: 7, since: '2026-09-14T02:00:00Z' });
    expect(line?.event).toBe('opened');
  });
});

describe('when the sweep comes by', () => {
  const sinks = ['slack', 'pagerduty'].map(
    (name): BoundSink => ({ name, deliver: async () => ({ outcome: 'delivered' }) }),
  );
  const silence = {
    id: 's',
    from: '2026-09-14T00:00:00Z',
    until: '2026-09-15T00:00:00Z',
    author: 'Ada',
    reason: 'work.',
  };
  const routes: readonly Route[] = [
    { name: 'slack', takesPages: false },
    { name: 'pagerduty', takesPages: true, fromSeverity: 'critical', afterMinutes: 10 },
  ];
  const untold = incident({ investigations: 0, revision: 0, nextLookAt: '2999-01-01T00:00:00.000Z' });
  const known: Told = { revision: 1, kind: 'opened', at, severity: 'error', findings: [], notification: 'n' };
  const lasting = incident({ told: known, reached: ['slack'], nextLookAt: '2999-01-01T00:00:00.000Z' });

  test.each([
    ['nobody was told', untold, routes, [], 'paged', /^Nobody was told within 3 minutes/],
    [
      'nobody was told, and nobody is to be',
      untold,
      [{ name: 'slack', takesPages: false, fromSeverity: 'critical' }] as const,
      [],
      'not-paged',
      /slack \(kept for critical and worse\)/,
    ],
    ['nobody was told, and that is silenced', untold, routes, [silence], 'not-told', /silenced by Ada/],
    ['it lasts', lasting, routes, [], 'escalated', /^pagerduty joined/],
    ['it lasts, and that is silenced', lasting, routes, [silence], 'not-told', /silenced by Ada/],
  ] as const)('and %s', async (_name, row, configured, silences, event, reason) => {
    const ports = memoryPorts(sinks);
    Object.assign(ports, { routes: configured });
    ports.clock = new Date(at);
    ports.rows.set(`${row.gatewayId.toLowerCase()}|false`, row);
    ports.silenceRows.push(...silences);
    await sweep(ports);
    await sweep(ports);
    const lines = [...ports.rows.values()][0]?.timeline.filter((line) => line.event === event) ?? [];
    expect(lines).toMatchObject([{ event, reason: expect.stringMatching(reason) }]);
  });
});
