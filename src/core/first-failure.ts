import { seriesOf } from './metrics.ts';
import type { Readings } from './readings.ts';
import { parseGatewayId, sameName } from './resource-id.ts';
import { trafficToJudge } from './stream-traffic.ts';
import { isGatewayError } from './traffic.ts';

/** When requests or members began to fail, and which reading says so. */
export interface FirstFailure {
  /** The moment, or the start of the minute where only that is known. ISO 8601 in UTC. */
  readonly at: string;
  /** The latest moment that it can have been: the same one, or the end of the minute. */
  readonly latest: string;
  /** The name of the evidence. */
  readonly evidence: string;
  /** False where something failed already when the reading begins: then it began at this moment or earlier. */
  readonly isOnset: boolean;
}

const MINUTE_MS = 60_000;

/**
 * Of the worst minute's failures, how many make a minute a failing one. Single requests fail all day on many gateways, and
 * an outage does not begin with the first of those.
 */
const SHARE_OF_PEAK = 0.1;

/**
 * The first failure as the readings tell it: what clients saw, before what metrics and platform say. A source that saw the
 * beginning goes before one that was late for it. Undefined where none tells.
 */
export function firstFailure(readings: Readings): FirstFailure | undefined {
  const told = [inTraffic(readings), inMetrics(readings), inResourceHealth(readings), inActivity(readings)].filter(
    (one) => one !== undefined,
  );
  return told.find(({ isOnset }) => isOnset) ?? told.toSorted((left, right) => (left.at < right.at ? -1 : 1))[0];
}

interface Sample {
  readonly time: number;
  readonly value: number;
}

/** How many samples later a failure has to be there still or again, to be more than a lone one. */
const AGAIN_WITHIN = 3;

/** The first sample that stands out from `base`, and is not a lone one. The very first sample was not seen to begin. */
function risingIn(samples: readonly Sample[], base: number): { time: number; isOnset: boolean } | undefined {
  const peak = samples.reduce((most, { value }) => Math.max(most, value), 0);
  const level = base + (peak - base) * SHARE_OF_PEAK;
  const isFailing = ({ value }: Sample) => value > 0 && value >= level;
  const isLone = (index: number) => {
    const next = samples.slice(index + 1, index + 1 + AGAIN_WITHIN);
    return next.length > 0 && !next.some(isFailing);
  };
  const lasting = samples.findIndex((one, index) => isFailing(one) && !isLone(index));
  const index = lasting >= 0 ? lasting : samples.findIndex(isFailing);
  const first = samples[index];
  return first && { time: first.time, isOnset: index > 0 };
}

function byMinute(evidence: string, rising: ReturnType<typeof risingIn>): FirstFailure | undefined {
  if (!rising) return undefined;
  const { time, isOnset } = rising;
  return { at: isoOf(time), latest: isoOf(time + MINUTE_MS - 1), evidence, isOnset };
}

function inTraffic(readings: Readings): FirstFailure | undefined {
  const told = trafficToJudge(readings);
  if (!told) return undefined;
  const { traffic, evidence } = told;
  const samples = inOrder(
    traffic.minutes.map(({ at, requests, failed }) => ({
      time: instantOf(at) ?? Number.NaN,
      value: failed / Math.max(requests, failed, 1),
    })),
  );
  const minute = byMinute(evidence, risingIn(samples, 0));
  if (!minute) return undefined;
  // The groups know the moment; it counts where it lies in this minute, and is no single failure of long before.
  const moments = traffic.groups.filter(isGatewayError).flatMap(({ firstAt }) => instantOf(firstAt) ?? []);
  const [from, until] = [Date.parse(minute.at), Date.parse(minute.latest)];
  const exact = moments.filter((time) => time >= from && time <= until).toSorted((left, right) => left - right)[0];
  return exact === undefined ? minute : { ...minute, at: isoOf(exact), latest: isoOf(exact) };
}

/**
 * Failed requests, and members that are found unhealthy. A member takes a few failed probes to become unhealthy, so that
 * these come a little late; of several, the earliest is the nearest to the truth.
 */
function inMetrics({ metrics }: Readings): FirstFailure | undefined {
  const failed = [
    ...seriesOf(metrics, 'FailedRequests'),
    ...seriesOf(metrics, 'ResponseStatus').filter(({ dimensions }) => /^5/.test(dimensions.httpstatusgroup ?? '')),
  ].map(({ points }) => risingIn(inOrder(points.map(({ at, total }) => sample(at, total))), 0));
  const unhealthy = seriesOf(metrics, 'UnhealthyHostCount').map(({ points }) => {
    const samples = inOrder(points.map(({ at, maximum, average }) => sample(at, maximum ?? average)));
    // A member that is always unhealthy is not what began.
    return risingIn(
      samples,
      samples.reduce((least, { value }) => Math.min(least, value), samples[0]?.value ?? 0),
    );
  });
  const rising = [...failed, ...unhealthy].filter((one) => one !== undefined);
  const begun = rising.some(({ isOnset }) => isOnset) ? rising.filter(({ isOnset }) => isOnset) : rising;
  return byMinute('metrics', begun.toSorted((left, right) => left.time - right.time)[0]);
}

function sample(at: string, value: number | undefined): Sample {
  return { time: instantOf(at) ?? Number.NaN, value: value ?? Number.NaN };
}

function inOrder(samples: readonly Sample[]): readonly Sample[] {
  return samples
    .filter(({ time, value }) => Number.isFinite(time) && Number.isFinite(value))
    .toSorted((left, right) => left.time - right.time);
}

function inResourceHealth({ resourceHealth }: Readings): FirstFailure | undefined {
  const time = instantOf(resourceHealth?.occurredAt);
  const isDown = /^(unavailable|degraded)$/i.test(resourceHealth?.state ?? '');
  return isDown && time !== undefined ? at(time, 'resource-health') : undefined;
}

/** Resource Health writes into the activity log, too. */
function inActivity({ activity, gatewayId }: Readings): FirstFailure | undefined {
  const times = (activity ?? [])
    .filter(({ operation }) => /\/healthevent\/(activated|inprogress|updated)\b/i.test(operation))
    .filter(({ resourceId }) => {
      const named = parseGatewayId(resourceId ?? '')?.id;
      return named !== undefined && (gatewayId === undefined || sameName(named, gatewayId));
    })
    .flatMap((event) => instantOf(event.at) ?? []);
  return times.length === 0 ? undefined : at(Math.min(...times), 'activity-log');
}

function at(time: number, evidence: string): FirstFailure {
  return { at: isoOf(time), latest: isoOf(time), evidence, isOnset: true };
}

/**
 * A time in milliseconds since 1970. One without an offset is UTC, as everywhere in Azure, and never this machine's own
 * time; fractions of seven digits count to the millisecond.
 */
export function instantOf(text: string | undefined): number | undefined {
  if (text === undefined || text.length > 40) return undefined;
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(\.\d{1,9})?\s*(Z|[+-]\d\d:?\d\d)?$/i.exec(text.trim());
  const [, date, clock, seconds = ':00', fraction = '', offset = 'Z'] = match ?? [];
  if (date === undefined || clock === undefined) return undefined;
  const zone = offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase();
  const time = Date.parse(`${date}T${clock}${seconds}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(time) ? undefined : time;
}

/** ISO 8601 in UTC with milliseconds. */
export function isoOf(time: number): string {
  return new Date(time).toISOString();
}
