import { type Latency, mergeLatencies, newLatency } from './latency.ts';

/**
 * What was asked of one gateway in one minute, as counts. Windows of the same gateway and minute merge into one: by
 * addition only, so the order does not matter and nothing is lost.
 */
export interface MinuteWindow {
  /** Its id in lower case; `''` where the records name none. */
  readonly gateway: string;
  /** Minutes since 1970. */
  readonly minute: number;
  /** By `targetKey`. */
  readonly targets: Map<string, TargetWindow>;
  /** Requests that found no room. They are told, and not spread over what did find room. */
  rest: Rest;
}

export interface Rest {
  readonly requests: number;
  /** Of these, answered 502 or 504. */
  readonly failed: number;
}

/** One backend pool with one backend setting. Both are `''` where a request reached no rule, or the record is old. */
export interface TargetWindow {
  readonly pool: string;
  readonly setting: string;
  /** By `outcomeKey`. */
  readonly outcomes: Map<string, Outcome>;
}

/** Requests that ended the same way: the same status, the same status of the backend, and the same error. */
export interface Outcome {
  readonly status: number;
  /** 0 where the backend sent none. */
  readonly serverStatus: number;
  /** `''` where the record has none. */
  readonly errorInfo: string;
  count: number;
  /** By member (`address:port`); `''` stands for requests that reached none. */
  readonly members: Map<string, MemberCount>;
  /** Requests to members that found no room. */
  otherMembers: number;
  /** Only of requests answered 502 or 504, and without a query. */
  readonly paths: Map<string, number>;
  otherPaths: number;
  /** From and to the client. */
  receivedBytes: number;
  sentBytes: number;
  /** Of all these requests, whichever member they went to. */
  readonly timeTaken: Latency;
}

export interface MemberCount {
  readonly requests: number;
  /** The first and the last request, milliseconds since 1970; infinite where no record had a time. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Who decided on the answer that the client got. */
export type Maker = 'gateway' | 'backend';

/**
 * The gateway, where no backend answered or the gateway says that it gave up on one; it can then note a status of its
 * own as the backend's.
 */
export function makerOf({ serverStatus, errorInfo }: Pick<Outcome, 'serverStatus' | 'errorInfo'>): Maker {
  if (serverStatus === 0) return 'gateway';
  return errorInfo.toLowerCase().startsWith('errorinfo_upstream_') ? 'gateway' : 'backend';
}

/** 502 and 504, as in `isGatewayError` of the core. */
export function isFailed({ status }: Pick<Outcome, 'status'>): boolean {
  return status === 502 || status === 504;
}

export function targetKey(pool: string, setting: string): string {
  return `${pool}\n${setting}`;
}

export function outcomeKey(status: number, serverStatus: number, errorInfo: string): string {
  return `${status}\n${serverStatus}\n${errorInfo}`;
}

export function newWindow(gateway: string, minute: number): MinuteWindow {
  return { gateway, minute, targets: new Map(), rest: { requests: 0, failed: 0 } };
}

export function newOutcome(status: number, serverStatus: number, errorInfo: string): Outcome {
  return {
    status,
    serverStatus,
    errorInfo,
    count: 0,
    members: new Map(),
    otherMembers: 0,
    paths: new Map(),
    otherPaths: 0,
    receivedBytes: 0,
    sentBytes: 0,
    timeTaken: newLatency(),
  };
}

/** The window of both. Neither is changed, and the result shares nothing with them that can change. */
export function mergeWindows(left: MinuteWindow, right: MinuteWindow): MinuteWindow {
  const merged = newWindow(left.gateway, left.minute);
  for (const window of [left, right]) {
    for (const [key, target] of window.targets) addTarget(merged.targets, key, target);
    merged.rest = {
      requests: merged.rest.requests + window.rest.requests,
      failed: merged.rest.failed + window.rest.failed,
    };
  }
  return merged;
}

function addTarget(targets: Map<string, TargetWindow>, key: string, { pool, setting, outcomes }: TargetWindow): void {
  const target = targets.get(key) ?? { pool, setting, outcomes: new Map<string, Outcome>() };
  targets.set(key, target);
  for (const [outcome, added] of outcomes) {
    const known = target.outcomes.get(outcome) ?? newOutcome(added.status, added.serverStatus, added.errorInfo);
    target.outcomes.set(outcome, addOutcomes(known, added));
  }
}

function addOutcomes(left: Outcome, right: Outcome): Outcome {
  return {
    ...left,
    count: left.count + right.count,
    members: addMembers(left.members, right.members),
    otherMembers: left.otherMembers + right.otherMembers,
    paths: addCounts(left.paths, right.paths),
    otherPaths: left.otherPaths + right.otherPaths,
    receivedBytes: left.receivedBytes + right.receivedBytes,
    sentBytes: left.sentBytes + right.sentBytes,
    timeTaken: mergeLatencies(left.timeTaken, right.timeTaken),
  };
}

function addMembers(
  left: ReadonlyMap<string, MemberCount>,
  right: ReadonlyMap<string, MemberCount>,
): Map<string, MemberCount> {
  const sum = new Map(left);
  for (const [name, count] of right) sum.set(name, addMember(sum.get(name), count));
  return sum;
}

export function addMember(left: MemberCount | undefined, right: MemberCount): MemberCount {
  if (!left) return right;
  return {
    requests: left.requests + right.requests,
    firstAt: Math.min(left.firstAt, right.firstAt),
    lastAt: Math.max(left.lastAt, right.lastAt),
  };
}

function addCounts(left: ReadonlyMap<string, number>, right: ReadonlyMap<string, number>): Map<string, number> {
  const sum = new Map(left);
  for (const [name, count] of right) sum.set(name, (sum.get(name) ?? 0) + count);
  return sum;
}

/** One window for each gateway and minute, oldest first, out of the rows of all partitions. */
export function mergeRows(rows: readonly MinuteWindow[]): readonly MinuteWindow[] {
  const merged = new Map<string, MinuteWindow>();
  for (const row of rows) {
    const key = `${row.minute}\n${row.gateway}`;
    merged.set(key, mergeWindows(merged.get(key) ?? newWindow(row.gateway, row.minute), row));
  }
  return [...merged.values()].toSorted((left, right) => left.minute - right.minute);
}
