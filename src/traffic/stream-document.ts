import type { StreamGaps } from '../core/traffic.ts';
import { type PartitionLedger, silentPartitions } from './ledger.ts';
import { failingPaths, trafficFrom } from './traffic-from.ts';
import type { MinuteWindow } from './window.ts';

/** What the stream has counted for one gateway, as a snapshot keeps it. The reader of this evidence knows the same name. */
export const STREAM_SCHEMA = 'appgw-triage/access-log-stream@1';

export interface StreamSpan {
  /** The gateway's id. */
  readonly gatewayId: string;
  /** The minutes that were read, both included. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

const MAX_PATHS = 20;

/** Pure. The counts of these minutes as one JSON document of bounded size. */
export function streamDocument(
  rows: readonly MinuteWindow[],
  ledgers: readonly PartitionLedger[],
  { gatewayId, fromMinute, toMinute }: StreamSpan,
): Readonly<Record<string, unknown>> {
  const { groups, minutes, from, to, unread: noRoom } = trafficFrom(rows);
  const { paths, others } = failingPaths(rows, MAX_PATHS);
  const first = minutes[0]?.at;
  // What was lost before the first minute that is known is not missing from what is known.
  const since = first === undefined ? fromMinute : Date.parse(first) / 60_000;
  return {
    schema: STREAM_SCHEMA,
    resourceId: gatewayId,
    asked: { from: isoOf(fromMinute), to: isoOf(toMinute + 1) },
    ...(from === undefined || to === undefined ? {} : { from, to }),
    minutes,
    groups,
    paths,
    otherPaths: others,
    gaps: gapsBetween(ledgers, since, toMinute + 1, noRoom),
  };
}

function gapsBetween(
  ledgers: readonly PartitionLedger[],
  fromMinute: number,
  toMinute: number,
  noRoom: number,
): StreamGaps {
  const gaps = { missing: 0, unreadable: 0, unread: 0, late: 0 };
  for (const { minute, ...loss } of ledgers.flatMap(({ losses }) => losses)) {
    if (minute < fromMinute || minute > toMinute) continue;
    gaps.missing += loss.missing;
    gaps.unreadable += loss.unreadable;
    gaps.unread += loss.unread;
    gaps.late += loss.late;
  }
  return { ...gaps, noRoom, silent: silentNow(ledgers) };
}

const QUIET_MS = 15 * 60_000;
const FLOWING_MS = 5 * 60_000;
/** A hub that is read no more leaves its ledgers behind. */
const FORMER_MS = 24 * 60 * 60_000;

/**
 * Messages are dealt out to all partitions in turn. Where few messages come, each partition is quiet for long, so
 * silence says something only while most of the others flow.
 */
function silentNow(ledgers: readonly PartitionLedger[]): readonly string[] {
  const latest = Math.max(...ledgers.map(({ seen }) => seen?.enqueuedAt ?? 0));
  const present = ledgers.filter(({ seen }) => latest - (seen?.enqueuedAt ?? 0) < FORMER_MS);
  const flowing = present.filter(({ seen }) => latest - (seen?.enqueuedAt ?? 0) <= FLOWING_MS);
  return flowing.length * 2 > present.length ? silentPartitions(present, QUIET_MS) : [];
}

function isoOf(minute: number): string {
  return new Date(minute * 60_000).toISOString();
}
