import { describe, expect, test } from '@jest/globals';
import type { Evidence, Snapshot } from '../core/evidence.ts';
import type { Reading, Readings } from '../core/readings.ts';
import type { Rule } from '../core/rule.ts';
import type { VerdictLevel } from '../core/verdict.ts';
import type { EvidenceKind } from '../evidence/evidence-kind.ts';
import { readInRounds } from './read-in-rounds.ts';

const GATEWAY = '/subscriptions/s/resourceGroups/r/providers/Microsoft.Network/applicationGateways/gw';

const failing: Reading = {
  traffic: {
    groups: [],
    unread: 0,
    minutes: [0, 0, 30, 40].map((failed, minute) => ({ at: `2026-09-14T02:0${minute}:00.000Z`, requests: 50, failed })),
  },
};

function kind(name: string, reading: Reading, isFirst = false): EvidenceKind {
  return {
    ...{ name, title: name, isFirst },
    recognise: () => true,
    read: () => ({ state: 'ok', reading }),
    collector: () => Promise.reject(new Error('never loaded here')),
  };
}

/** One cause, which is at these levels by what was read; it waits for `keys`. */
function rule(levelOf: (readings: Readings) => VerdictLevel): Rule {
  return {
    ...{
      id: 'closed-door',
      title: 'The door is closed',
      explains: 'outage',
      maturity: 'stable',
      reads: ['access-log'],
    },
    ...{ meaning: '', confirmedBy: '', ruledOutBy: '', doNot: [], prevention: [], blindSpots: [] },
    judge: (readings) => [
      {
        ...{ cause: 'closed-door', verdict: levelOf(readings), scope: {}, because: [], fix: [] },
        missing: [{ read: 'Who has the key.', evidence: 'keys' }],
      },
    ],
  };
}

interface Play {
  readonly levelOf: (readings: Readings) => VerdictLevel;
  readonly traffic?: Reading;
  /** After how many reads the budget is spent. */
  readonly reads?: number;
  readonly kinds?: readonly EvidenceKind[];
}

async function play({ levelOf, traffic = failing, reads = 99, kinds }: Play) {
  const evidenceKinds = kinds ?? [
    kind('access-log', traffic, true),
    kind('keys', {}),
    kind('activity-log', { activity: [] }),
    kind('resource-changes', { changes: [] }),
  ];
  const asked: string[][] = [];
  const told: string[] = [];
  const openReader = async () => ({
    read: async (names: readonly string[], _known: Readings): Promise<Snapshot> => {
      asked.push([...names]);
      const evidence = names.map((name): Evidence => ({ name, state: 'ok', raw: {} }));
      return { gatewayId: GATEWAY, evidence };
    },
    spent: () => (asked.length >= reads ? 'The budget is spent.' : undefined),
  });
  const found = await readInRounds({ openReader, evidenceKinds, rules: [rule(levelOf)] }, GATEWAY, {
    onRound: (number, names) => told.push(`${number} ${names.join()}`),
    onAround: (names) => told.push(`around ${names.join()}`),
  });
  return { found, asked, told };
}

const AROUND = ['resource-changes', 'activity-log'];

describe('what changed before', () => {
  test('is read once at the end, where the first round confirms, and takes no round', async () => {
    const { found, asked, told } = await play({ levelOf: () => 'confirmed' });
    expect(asked).toEqual([['access-log'], AROUND]);
    expect(told).toEqual(['1 access-log', 'around resource-changes,activity-log']);
    expect(found.rounds).toHaveLength(1);
    expect(found.ended).toBe('closed-door is confirmed.');
    expect(found.around).toEqual({ asked: AROUND, changed: [] });
    expect(found.readings).toMatchObject({ changes: [], activity: [] });
  });

  test('is read after the rounds, when it is known what to ask of', async () => {
    const { found, asked } = await play({ levelOf: () => 'likely' });
    expect(asked).toEqual([['access-log'], ['keys'], AROUND]);
    expect(found.rounds).toHaveLength(2);
  });

  test('is judged with the rest, and what it changes is told', async () => {
    const { found } = await play({ levelOf: ({ activity }) => (activity ? 'confirmed' : 'likely') });
    expect(found.around?.changed).toEqual(['closed-door: likely -> confirmed']);
    expect(found.diagnosis.verdicts[0]?.verdict).toBe('confirmed');
    expect(found.snapshot.evidence.map(({ name }) => name)).toEqual(['access-log', 'keys', ...AROUND]);
  });

  test.each([
    ['nothing failed', { traffic: { traffic: { groups: [], unread: 0, minutes: [] } } }],
    ['the budget is spent', { reads: 2 }],
    ['nobody can collect it', { kinds: [kind('access-log', failing, true), kind('keys', {})] }],
  ] as const)('is not read where %s', async (_name, change) => {
    const { found, asked } = await play({ levelOf: () => 'likely', ...change });
    expect(asked).toEqual([['access-log'], ['keys']]);
    expect(found).not.toHaveProperty('around');
  });

  test('is not read twice', async () => {
    const kinds = [
      kind('access-log', failing, true),
      kind('activity-log', { activity: [] }, true),
      kind('resource-changes', { changes: [] }),
    ];
    expect((await play({ levelOf: () => 'likely', kinds })).asked).toEqual([
      ['access-log', 'activity-log'],
      ['resource-changes'],
    ]);
  });
});
