import { type Diagnosis, diagnose } from '../core/diagnose.ts';
import type { Snapshot } from '../core/evidence.ts';
import { decideNextReads, readsAround, type WantedRead } from '../core/next-reads.ts';
import type { Readings } from '../core/readings.ts';
import { VERDICT_LEVELS } from '../core/verdict.ts';
import { readSnapshot } from '../evidence/read-snapshot.ts';
import type { Ports } from './ports.ts';

/** One round of reading: what was asked and for which causes, and what it changed. */
export interface Round {
  readonly number: number;
  /** Empty in the first round, which reads what every incident needs. */
  readonly asked: readonly WantedRead[];
  /** `backend-nsg-blocks: possible -> confirmed`, best levels before and after. */
  readonly changed: readonly string[];
}

export interface Findings {
  readonly snapshot: Snapshot;
  readonly readings: Readings;
  readonly diagnosis: Diagnosis;
  readonly rounds: readonly Round[];
  /** What was read when the rounds were over, to see what changed before; absent where nothing was. */
  readonly around?: { readonly asked: readonly string[]; readonly changed: readonly string[] };
  /** Why the reading ended. */
  readonly ended: string;
}

export interface ReadingOptions {
  /** Told before each round what it reads. */
  readonly onRound?: (number: number, evidence: readonly string[]) => void;
  /** Told before the read that follows the rounds. */
  readonly onAround?: (evidence: readonly string[]) => void;
  /** Whether there is anything to read on for after the first round; always, where absent. */
  readonly readOn?: (first: Pick<Findings, 'readings' | 'diagnosis'>) => boolean;
}

/**
 * The heart: read, judge, and read on what separates the causes that still stand, until one is confirmed, nothing more
 * can be read, three rounds are over or the budget is spent. What is left of the budget then goes to what changed before.
 */
export async function readInRounds(
  ports: Pick<Ports, 'openReader' | 'evidenceKinds' | 'rules'>,
  gatewayId: string,
  { onRound = () => {}, onAround = () => {}, readOn = () => true }: ReadingOptions = {},
): Promise<Findings> {
  const reader = await ports.openReader(gatewayId);
  const collectable = ports.evidenceKinds.filter((kind) => kind.collector).map((kind) => kind.name);
  const first = ports.evidenceKinds.filter((kind) => kind.isFirst).map((kind) => kind.name);
  const judge = (snapshot: Snapshot) => {
    const readings = readSnapshot(snapshot, ports.evidenceKinds);
    return { snapshot, readings, diagnosis: diagnose(readings, ports.rules) };
  };
  const readMore = async (names: readonly string[]) => {
    const { snapshot, readings, diagnosis } = found;
    const more = await reader.read(names, readings);
    found = judge({ ...snapshot, evidence: [...snapshot.evidence, ...more.evidence] });
    return changes(diagnosis, found.diagnosis);
  };

  onRound(1, first);
  let found = judge(await reader.read(first, { evidence: [] }));
  const rounds: Round[] = [{ number: 1, asked: [], changed: [] }];
  if (!readOn(found)) return { ...found, rounds, ended: 'The first round says all that is new.' };

  let ended: string;
  for (;;) {
    const next = decideNextReads(found.diagnosis, found.readings, { collectable, round: rounds.length });
    const spent = next.action === 'read' ? reader.spent() : undefined;
    if (next.action === 'stop' || spent) {
      ended = spent ?? next.reason;
      break;
    }
    const number = rounds.length + 1;
    const names = next.reads.map((read) => read.evidence);
    onRound(number, names);
    rounds.push({ number, asked: next.reads, changed: await readMore(names) });
  }

  const asked = reader.spent() ? [] : readsAround(found.diagnosis, found.readings, collectable);
  if (asked.length === 0) return { ...found, rounds, ended };
  onAround(asked);
  const changed = await readMore(asked);
  return { ...found, rounds, around: { asked, changed }, ended };
}

/** The causes whose best level changed. */
function changes(before: Diagnosis, after: Diagnosis): readonly string[] {
  const causes = new Set(after.verdicts.map((verdict) => verdict.cause));
  return [...causes].flatMap((cause) => {
    const [was, is] = [bestOf(before, cause), bestOf(after, cause)];
    return was === is ? [] : [`${cause}: ${was} -> ${is}`];
  });
}

function bestOf({ verdicts }: Diagnosis, cause: string): string {
  const levels = verdicts.filter((verdict) => verdict.cause === cause).map((verdict) => verdict.verdict);
  return VERDICT_LEVELS.find((level) => levels.includes(level)) ?? 'inconclusive';
}
