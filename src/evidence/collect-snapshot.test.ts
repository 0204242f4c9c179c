import { describe, expect, test } from '@jest/globals';
import { parseGatewayId } from '../core/resource-id.ts';
import { collectSnapshot } from './collect-snapshot.ts';
import type { AzureClients, CollectContext, EvidenceKind, ReadResult } from './evidence-kind.ts';

const gateway = parseGatewayId(
  '/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw',
);
if (!gateway) throw new Error('The id is a gateway id.');

const never = () => {
  throw new Error('No client is needed here.');
};
const clients: AzureClients = {
  network: never,
  monitor: never,
  resourceHealth: never,
  logs: never,
  resourceGraph: never,
};

function kind(
  name: string,
  collect: (context: CollectContext) => Promise<unknown>,
  read?: () => ReadResult,
): EvidenceKind {
  return {
    name,
    title: name,
    recognise: () => true,
    read: read ?? (() => ({ state: 'ok', reading: {} })),
    collector: async () => ({ deadlineMs: 70_000, asks: `GET ${name}`, rights: [], collect }),
  };
}

/** A clock that each look moves on by a second, and deadlines that the test lets pass. */
function stage(kinds: readonly EvidenceKind[]) {
  let time = Date.parse('2026-09-14T02:30:00.000Z') - 1_000;
  const deadlines = new Set<() => void>();
  const investigation = new AbortController();
  const snapshot = collectSnapshot({
    gateway: gateway as NonNullable<typeof gateway>,
    clients,
    kinds,
    from: new Date('2026-09-14T01:30:00Z'),
    to: new Date('2026-09-14T02:30:00Z'),
    abort: investigation.signal,
    now: () => {
      time += 1_000;
      return time;
    },
    after: (_delayMs, callback) => {
      deadlines.add(callback);
      return () => deadlines.delete(callback);
    },
  });
  return {
    snapshot,
    deadlines,
    investigation,
    passDeadlines: () =>
      [...deadlines].forEach((callback) => {
        callback();
      }),
  };
}

const hangs = () => new Promise<never>(() => {});
const turn = () =>
  new Promise<void>((resolve) => {
    setImmediate(resolve);
  });

describe('collectSnapshot', () => {
  test('keeps the answer as it came, what was asked, when it came and how long it took', async () => {
    const { snapshot, deadlines } = stage([kind('gateway', async () => ({ id: 'x' }))]);
    expect(await snapshot).toEqual({
      gatewayId: gateway?.id,
      takenAt: '2026-09-14T02:30:00.000Z',
      evidence: [
        {
          name: 'gateway',
          state: 'ok',
          raw: { id: 'x' },
          asked: 'GET gateway',
          takenAt: '2026-09-14T02:30:02.000Z',
          tookMs: 1_000,
        },
      ],
    });
    expect(deadlines.size).toBe(0);
  });

  test('lets the reader say whether an answer holds anything', async () => {
    const { snapshot } = stage([
      kind(
        'empty',
        async () => [],
        () => ({ state: 'empty', reason: 'nothing there', reading: {} }),
      ),
      kind(
        'wrong',
        async () => 'page',
        () => ({ state: 'failed', reason: 'no such shape', reading: {} }),
      ),
      kind(
        'defect',
        async () => ({}),
        () => {
          throw new Error('secret');
        },
      ),
    ]);
    const { evidence } = await snapshot;
    expect(evidence.map(({ state, reason }) => [state, reason])).toEqual([
      ['empty', 'nothing there'],
      ['failed', 'no such shape'],
      ['failed', 'the answer could not be read; please report it with the snapshot'],
    ]);
  });

  test.each([null, undefined])('an answer of %j is none', async (raw) => {
    const { evidence } = await stage([kind('x', async () => raw)]).snapshot;
    expect(evidence[0]).toMatchObject({ state: 'failed', reason: 'the service answered without a body' });
  });

  test('a failure of one leaves the others', async () => {
    const throwsAtOnce = () => {
      throw Object.assign(new Error('x'), { statusCode: 429 });
    };
    const { evidence } = await stage([
      kind('refused', async () => {
        throw Object.assign(new Error('x'), { statusCode: 403 });
      }),
      kind('throttled', throwsAtOnce),
      {
        ...kind('unloadable', hangs),
        collector: async () => {
          throw new Error('no such module');
        },
      },
      kind('fine', async () => ({})),
    ]).snapshot;
    expect(evidence.map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ['refused', 'failed', '403: the identity may not read this'],
      ['throttled', 'failed', '429: throttled'],
      ['unloadable', 'failed', 'the read failed (Error)'],
      ['fine', 'ok', undefined],
    ]);
  });

  test('at the deadline the read is given up, whether it reacts or not', async () => {
    const signals: AbortSignal[] = [];
    const { snapshot, passDeadlines } = stage([
      kind('deaf', ({ abort }) => {
        signals.push(abort);
        return hangs();
      }),
      kind(
        'obedient',
        ({ abort }) =>
          new Promise((_resolve, reject) => {
            signals.push(abort);
            abort.addEventListener('abort', () => {
              reject(Object.assign(new Error('x'), { name: 'AbortError' }));
            });
          }),
      ),
      kind('fine', async () => ({})),
    ]);
    await turn();
    passDeadlines();
    const { evidence } = await snapshot;
    expect(evidence.map(({ state, reason }) => [state, reason])).toEqual([
      ['failed', 'not answered within 70 s'],
      ['failed', 'not answered within 70 s'],
      ['ok', undefined],
    ]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  test('when the investigation ends, so does every read', async () => {
    const { snapshot, investigation, deadlines } = stage([kind('deaf', hangs), kind('fine', async () => ({}))]);
    await turn();
    investigation.abort();
    const { evidence } = await snapshot;
    expect(evidence.map(({ state, reason }) => [state, reason])).toEqual([
      ['failed', 'not answered before the investigation ended'],
      ['ok', undefined],
    ]);
    expect(deadlines.size).toBe(0);
  });

  test('after its end nothing is asked', async () => {
    let asked = 0;
    const ended = new AbortController();
    ended.abort();
    const { evidence } = await collectSnapshot({
      gateway: gateway as NonNullable<typeof gateway>,
      clients,
      kinds: [
        kind('x', async () => {
          asked += 1;
          return {};
        }),
      ],
      from: new Date(0),
      to: new Date(1),
      abort: ended.signal,
      now: () => 0,
    });
    expect([evidence[0]?.state, asked]).toEqual(['failed', 0]);
  });

  test('an answer after the deadline changes nothing, and a late failure is not an unhandled one', async () => {
    let late: (error: Error) => void = () => {};
    const { snapshot, passDeadlines } = stage([
      kind(
        'late',
        () =>
          new Promise((_resolve, reject) => {
            late = reject;
          }),
      ),
    ]);
    await turn();
    passDeadlines();
    const { evidence } = await snapshot;
    late(new Error('too late'));
    await turn();
    expect(evidence[0]?.reason).toBe('not answered within 70 s');
  });

  test('kinds that only come from files are passed over', async () => {
    const { collector: _collector, ...fileOnly } = kind('file', hangs);
    expect((await stage([fileOnly]).snapshot).evidence).toEqual([]);
  });
});
