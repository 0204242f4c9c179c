import { readLatency, writeLatency } from './latency.ts';
import { bytesOf, newRow, type WindowRow } from './row.ts';
import { type MemberCount, type Outcome, outcomeKey, targetKey } from './window.ts';

/** The text of a row as the store keeps it: JSON with short names, at most 0.9 MB. */
const VERSION = 1;

interface WrittenOutcome {
  readonly s: number;
  readonly b: number;
  readonly e: string;
  readonly n: number;
  /** The times are milliseconds after the start of the minute; null where no record had one. */
  readonly m: readonly (readonly [member: string, requests: number, firstAt: number | null, lastAt: number | null])[];
  readonly om: number;
  readonly p: readonly (readonly [path: string, requests: number])[];
  readonly op: number;
  readonly r: number;
  readonly w: number;
  readonly t: readonly number[];
}

interface WrittenRow {
  readonly v: number;
  readonly gateway: string;
  readonly minute: number;
  readonly partition: string;
  readonly folded: WindowRow['folded'] | null;
  readonly rest: WindowRow['rest'];
  readonly targets: readonly {
    readonly pool: string;
    readonly setting: string;
    readonly outcomes: readonly WrittenOutcome[];
  }[];
}

const MINUTE_MS = 60_000;

export function writeRow(row: WindowRow): string {
  const { gateway, minute, partition, folded, rest } = row;
  const targets = [...row.targets.values()].map(({ pool, setting, outcomes }) => ({
    pool,
    setting,
    outcomes: [...outcomes.values()].map((outcome) => writeOutcome(outcome, minute)),
  }));
  const written: WrittenRow = { v: VERSION, gateway, minute, partition, folded: folded ?? null, rest, targets };
  return JSON.stringify(written);
}

function writeOutcome(outcome: Outcome, minute: number): WrittenOutcome {
  const after = (time: number) => (Number.isFinite(time) ? time - minute * MINUTE_MS : null);
  return {
    s: outcome.status,
    b: outcome.serverStatus,
    e: outcome.errorInfo,
    n: outcome.count,
    m: [...outcome.members].map(([name, { requests, firstAt, lastAt }]) => [
      name,
      requests,
      after(firstAt),
      after(lastAt),
    ]),
    om: outcome.otherMembers,
    p: [...outcome.paths],
    op: outcome.otherPaths,
    r: outcome.receivedBytes,
    w: outcome.sentBytes,
    t: writeLatency(outcome.timeTaken),
  };
}

/** Reads back what `writeRow` wrote. Throws on anything else: a row that cannot be read must not be written over. */
export function readRow(text: string): WindowRow {
  const written: WrittenRow = JSON.parse(text);
  if (written.v !== VERSION) throw new Error('The row of traffic counts is of another version.');
  const row = newRow(written.gateway, written.minute, written.partition);
  row.folded = written.folded ?? undefined;
  row.rest = written.rest;
  for (const { pool, setting, outcomes } of written.targets) {
    const read = outcomes.map((outcome) => readOutcome(outcome, written.minute));
    const byKey = new Map(read.map((outcome) => [keyOf(outcome), outcome]));
    row.targets.set(targetKey(pool, setting), { pool, setting, outcomes: byKey });
    row.outcomeCount += read.length;
    const names = read.flatMap(({ errorInfo, members, paths }) => [errorInfo, ...members.keys(), ...paths.keys()]);
    row.nameBytes += [pool, setting, ...names].reduce((sum, name) => sum + bytesOf(name), 0);
  }
  return row;
}

function readOutcome(written: WrittenOutcome, minute: number): Outcome {
  const start = minute * MINUTE_MS;
  const members = written.m.map(([name, requests, first, last]): [string, MemberCount] => {
    const firstAt = first === null ? Number.POSITIVE_INFINITY : start + first;
    const lastAt = last === null ? Number.NEGATIVE_INFINITY : start + last;
    return [name, { requests, firstAt, lastAt }];
  });
  return {
    status: written.s,
    serverStatus: written.b,
    errorInfo: written.e,
    count: written.n,
    members: new Map(members),
    otherMembers: written.om,
    paths: new Map(written.p),
    otherPaths: written.op,
    receivedBytes: written.r,
    sentBytes: written.w,
    timeTaken: readLatency(written.t),
  };
}

function keyOf({ status, serverStatus, errorInfo }: Outcome): string {
  return outcomeKey(status, serverStatus, errorInfo);
}
