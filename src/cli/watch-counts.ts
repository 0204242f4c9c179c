import type { HubEventRead, PartitionEnd } from '../platform/event-hub-reader.ts';
import { type Batch, clearBatch, newBatch } from '../traffic/batch.ts';
import { foldLedger, newLedger, type PartitionLedger } from '../traffic/ledger.ts';
import { isFolded, type Position, positionAfter } from '../traffic/row.ts';
import { Scanner } from '../traffic/scan.ts';

/** Requests by how they ended. */
export interface Tally {
  requests: number;
  failed502: number;
  failed504: number;
}

/** The gateway's name is `''` where its records name none. */
interface Target {
  readonly gateway: string;
  readonly pool: string;
  readonly setting: string;
}

export type TargetCount = Target & Readonly<Tally>;

export interface NamedCount {
  readonly name: string;
  readonly failed: number;
}

/** What keeps the counts from being complete. */
export interface Gaps {
  /** Messages whose numbers were passed over. */
  readonly missing: number;
  /** Messages that could not be read at all, and records that could not. */
  readonly unreadable: number;
  readonly unread: number;
  /** Records of minutes that the window does not hold. They count in the totals. */
  readonly late: number;
  /** Partitions without a message while others had some. */
  readonly silent: readonly string[];
}

export interface PartitionState {
  readonly id: string;
  readonly lastSequenceNumber: number | undefined;
  /** Milliseconds since 1970. */
  readonly lastEnqueuedAt: number | undefined;
  /** Messages that the partition holds beyond the last one read; undefined where that is not known. */
  readonly lag: number | undefined;
}

/** Everything that is shown, at one moment. */
export interface WatchView {
  /** The minutes of the window. */
  readonly window: Readonly<Tally>;
  /** With failures only, those with the most first. */
  readonly targets: readonly TargetCount[];
  readonly errors: readonly NamedCount[];
  readonly paths: readonly NamedCount[];
  /** Since the beginning, whatever minute the requests belong to. */
  readonly totals: Readonly<Tally> & { readonly messages: number; readonly others: number };
  readonly gaps: Gaps;
  readonly partitions: readonly PartitionState[];
}

interface Minute {
  readonly all: Tally;
  readonly targets: Map<string, Target & Tally>;
  readonly errors: Map<string, number>;
  readonly paths: Map<string, number>;
}

const MINUTE_MS = 60_000;
/** How much of each a minute keeps. Names come from outside, and what finds no room is counted under `OTHERS`. */
const MAX_TARGETS = 400;
const MAX_ERRORS = 60;
const MAX_PATHS = 400;
const MAX_NAME_LENGTH = 200;
export const OTHERS = '(others)';
/** Requests of the near future are those of a clock that is a little fast. */
const EARLY_MINUTES = 5;
/** Logs come about once a minute and are spread over the partitions. */
const SILENT_AFTER_MS = 5 * MINUTE_MS;

/**
 * Counts what arrives, each message once, however often it is delivered. What it holds is bounded by the window and not by
 * what arrives.
 */
export class WatchCounts {
  readonly #windowMinutes: number;
  readonly #startedAt: number;
  readonly #scanner = new Scanner();
  readonly #batch = newBatch();
  readonly #minutes = new Map<number, Minute>();
  readonly #ledgers = new Map<string, PartitionLedger>();
  /** The highest number known of each partition, read or not. */
  readonly #ends = new Map<string, number>();
  readonly #totals = { requests: 0, failed502: 0, failed504: 0, messages: 0, others: 0 };
  #missing = 0;
  #unreadable = 0;
  #unread = 0;
  #late = 0;

  /** Times are milliseconds since 1970. `from` is where reading begins: behind what the partitions hold now, or a time. */
  constructor(partitions: readonly PartitionEnd[], from: number | 'end', windowMinutes: number, startedAt: number) {
    this.#windowMinutes = windowMinutes;
    this.#startedAt = startedAt;
    for (const { id, last } of partitions) {
      const isReadAlready = last !== undefined && (from === 'end' || last.enqueuedAt < from);
      this.#ledgers.set(id, { ...newLedger(id), seen: isReadAlready ? last : undefined });
      if (last) this.#ends.set(id, last.sequenceNumber);
    }
  }

  add(partition: string, events: readonly HubEventRead[], end: number | undefined, now: number): void {
    const ledger = this.#ledgers.get(partition) ?? newLedger(partition);
    if (end !== undefined) this.#ends.set(partition, end);
    const batch = this.#batch;
    clearBatch(batch);
    let seen: Position | undefined = ledger.seen;
    for (const event of events) {
      if (isFolded(seen, event)) continue;
      this.#scanner.scanMessage(batch, event.bytes ?? NO_BYTES, event);
      seen = positionAfter(seen, event);
    }
    if (batch.messages.length === 0) return;
    this.#count(batch, now);
    this.#enter(batch, ledger);
  }

  /** Requests since the beginning. */
  get requests(): number {
    return this.#totals.requests;
  }

  hasRead(partition: string, sequenceNumber: number): boolean {
    return (this.#ledgers.get(partition)?.seen?.sequenceNumber ?? -1) >= sequenceNumber;
  }

  view(now: number): WatchView {
    this.#forget(now);
    const window = newTally();
    const targets = new Map<string, Target & Tally>();
    const [errors, paths] = [new Map<string, number>(), new Map<string, number>()];
    for (const minute of this.#minutes.values()) {
      addTally(window, minute.all);
      for (const [key, target] of minute.targets) {
        addTally(
          opened(targets, key, () => newTarget(target)),
          target,
        );
      }
      for (const [name, count] of minute.errors) errors.set(name, (errors.get(name) ?? 0) + count);
      for (const [name, count] of minute.paths) paths.set(name, (paths.get(name) ?? 0) + count);
    }
    return {
      window,
      targets: [...targets.values()]
        .filter((target) => failedIn(target) > 0)
        .toSorted((left, right) => failedIn(right) - failedIn(left)),
      errors: mostFirst(errors),
      paths: mostFirst(paths),
      totals: { ...this.#totals },
      gaps: {
        missing: this.#missing,
        unreadable: this.#unreadable,
        unread: this.#unread,
        late: this.#late,
        silent: this.#silent(),
      },
      partitions: [...this.#ledgers.values()].map((ledger) => this.#stateOf(ledger)),
    };
  }

  #count({ records, messages }: Batch, now: number): void {
    const latest = Math.floor(now / MINUTE_MS);
    const totals = this.#totals;
    for (let index = 0; index < records.length; index += 1) {
      const status = records.status[index] as number;
      countInto(totals, status);
      const at = records.at[index] as number;
      const time = Number.isNaN(at) ? (messages[records.message[index] as number]?.enqueuedAt ?? now) : at;
      const minute = Math.floor(time / MINUTE_MS);
      if (minute <= latest - this.#windowMinutes || minute > latest + EARLY_MINUTES) {
        this.#late += 1;
        continue;
      }
      const counts = opened(this.#minutes, minute, newMinute);
      countInto(counts.all, status);
      const gateway = lastPart(records.gateways.name(records.gateway[index] as number));
      const pool = records.pools.name(records.pool[index] as number);
      const setting = records.settings.name(records.setting[index] as number);
      countInto(targetIn(counts.targets, { gateway, pool, setting }), status);
      if (status !== 502 && status !== 504) continue;
      countName(counts.errors, records.errors.name(records.error[index] as number), MAX_ERRORS);
      countName(counts.paths, records.paths.name(records.path[index] as number), MAX_PATHS);
    }
    totals.messages += messages.length;
    for (const { others } of messages) totals.others += others;
  }

  #enter(batch: Batch, before: PartitionLedger): void {
    // Only what the ledger adds for this batch counts here; the rest of it is not kept.
    const late = new Int32Array(batch.messages.length);
    const ledger = foldLedger({ ...before, losses: [] }, batch, { rows: [], order: late, late });
    for (const { missing, unreadable, unread } of ledger.losses) {
      this.#missing += missing;
      this.#unreadable += unreadable;
      this.#unread += unread;
    }
    this.#ledgers.set(ledger.partition, ledger);
    const last = ledger.seen?.sequenceNumber ?? 0;
    // Where numbers began anew, what was known of the end is out of date.
    if (ledger.restarts > before.restarts || last > (this.#ends.get(ledger.partition) ?? -1))
      this.#ends.set(ledger.partition, last);
  }

  #forget(now: number): void {
    const oldest = Math.floor(now / MINUTE_MS) - this.#windowMinutes;
    for (const minute of this.#minutes.keys()) if (minute <= oldest) this.#minutes.delete(minute);
  }

  #silent(): readonly string[] {
    const ledgers = [...this.#ledgers.values()];
    const latest = Math.max(0, ...ledgers.map(({ seen }) => seen?.enqueuedAt ?? 0));
    return ledgers
      .filter(({ seen }) => latest - Math.max(seen?.enqueuedAt ?? 0, this.#startedAt) > SILENT_AFTER_MS)
      .map(({ partition }) => partition);
  }

  #stateOf({ partition, seen }: PartitionLedger): PartitionState {
    const end = this.#ends.get(partition);
    const lag = end === undefined ? 0 : end - (seen?.sequenceNumber ?? Number.NaN);
    return {
      id: partition,
      lastSequenceNumber: seen?.sequenceNumber,
      lastEnqueuedAt: seen?.enqueuedAt,
      lag: Number.isNaN(lag) ? undefined : Math.max(0, lag),
    };
  }
}

const NO_BYTES = new Uint8Array();

export function failedIn({ failed502, failed504 }: Readonly<Tally>): number {
  return failed502 + failed504;
}

/** Whether there is more than was counted. */
export function isLowerBound({ missing, unreadable, unread, silent }: Gaps): boolean {
  return missing + unreadable + unread + silent.length > 0;
}

function newTally(): Tally {
  return { requests: 0, failed502: 0, failed504: 0 };
}

function newTarget({ gateway, pool, setting }: Target): Target & Tally {
  return { gateway, pool, setting, ...newTally() };
}

const OTHER_TARGETS: Target = { gateway: '', pool: OTHERS, setting: '' };

function targetIn(targets: Map<string, Target & Tally>, wanted: Target): Target & Tally {
  const key = `${wanted.gateway}\n${wanted.pool}\n${wanted.setting}`;
  const hasRoom = targets.has(key) || targets.size < MAX_TARGETS;
  return opened(targets, hasRoom ? key : OTHERS, () => newTarget(hasRoom ? wanted : OTHER_TARGETS));
}

function newMinute(): Minute {
  return { all: newTally(), targets: new Map(), errors: new Map(), paths: new Map() };
}

function countInto(tally: Tally, status: number): void {
  tally.requests += 1;
  if (status === 502) tally.failed502 += 1;
  else if (status === 504) tally.failed504 += 1;
}

function addTally(sum: Tally, { requests, failed502, failed504 }: Tally): void {
  sum.requests += requests;
  sum.failed502 += failed502;
  sum.failed504 += failed504;
}

function opened<Key, Value>(values: Map<Key, Value>, key: Key, open: () => Value): Value {
  const known = values.get(key);
  if (known !== undefined) return known;
  const value = open();
  values.set(key, value);
  return value;
}

function countName(counts: Map<string, number>, name: string, most: number): void {
  const wanted = name.slice(0, MAX_NAME_LENGTH);
  const key = counts.has(wanted) || counts.size < most ? wanted : OTHERS;
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function mostFirst(counts: ReadonlyMap<string, number>): readonly NamedCount[] {
  return [...counts].toSorted(([, left], [, right]) => right - left).map(([name, failed]) => ({ name, failed }));
}

function lastPart(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}
