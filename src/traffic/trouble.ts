import { countBetween } from './latency.ts';
import type { TroubleSettings } from './trouble-settings.ts';
import { isFailed, type MinuteWindow, makerOf, mergeRows, type Outcome, type TargetWindow } from './window.ts';

/** What the stream says of one pool with one setting, and why. */
export interface TroubleDecision {
  readonly gateway: string;
  readonly pool: string;
  readonly setting: string;
  readonly state: 'fired' | 'recovered' | 'quiet';
  readonly sign: TroubleSign | 'none' | 'not-seen-to-end' | 'over-before-it-was-seen';
  /** A full sentence with its numbers. */
  readonly reason: string;
  /** The minutes that the reason is about, added up. */
  readonly numbers: Counts;
  /** The last minute with trouble, minutes since 1970. */
  readonly lastMinute?: number;
}

export type TroubleSign = 'no-live-member' | 'failing' | 'gateway-errors' | 'slow-backend';

export interface Counts {
  readonly requests: number;
  /** Answered 502 or 504. */
  readonly failed: number;
  /** Failed for want of a live member. */
  readonly noLive: number;
  /** Answered 5xx by the gateway itself. */
  readonly gatewayErrors: number;
  /** Given up by clients (499) in the last quarter of the request timeout. */
  readonly givenUp: number;
  /** Answered by a backend, and not with a server error. */
  readonly served: number;
}

export interface TroubleContext {
  /** The targets, by `troubleKey`, for which trouble was found before and has not ended. */
  readonly open?: ReadonlySet<string>;
  /** The request timeout of a target in seconds, where the configuration is known. */
  readonly requestTimeoutSeconds?: (target: {
    readonly gateway: string;
    readonly pool: string;
    readonly setting: string;
  }) => number | undefined;
}

export function troubleKey({ gateway, pool, setting }: { gateway: string; pool: string; setting: string }): string {
  return `${gateway}\n${pool}\n${setting}`;
}

/**
 * Pure. Decides for every target that the windows or the open troubles name. `now` is in milliseconds since 1970. The
 * windows should reach back about half an hour: the usual is told from the minutes before.
 *
 * Minutes arrive late, and later still when the service is disturbed. So what counts is the time between the last minute
 * with trouble and the last minute that has arrived, and not the present one. And an end is only seen where requests are
 * served again: no requests are no recovery.
 */
export function decideTrouble(
  rows: readonly MinuteWindow[],
  settings: TroubleSettings,
  now: number,
  { open = new Set(), requestTimeoutSeconds }: TroubleContext = {},
): readonly TroubleDecision[] {
  const targets = new Map<string, Target>();
  const windows = mergeRows(rows);
  for (const { gateway, minute, targets: windowsOfMinute } of windows) {
    for (const { pool, setting, outcomes } of windowsOfMinute.values()) {
      const name = { gateway, pool, setting };
      const target = targets.get(troubleKey(name)) ?? { ...name, minutes: new Map<number, Counts>() };
      targets.set(troubleKey(name), target);
      target.minutes.set(minute, countsOf(outcomes, requestTimeoutSeconds?.(name)));
    }
  }
  for (const key of open) {
    const [gateway = '', pool = '', setting = ''] = key.split('\n');
    if (!targets.has(key)) targets.set(key, { gateway, pool, setting, minutes: new Map() });
  }
  const complete = Math.floor(now / 60_000) - settings.settleMinutes;
  const arrived = Math.min(complete, windows.at(-1)?.minute ?? complete);
  return [...targets].map(([key, target]) => decideTarget(target, settings, arrived, open.has(key)));
}

interface Target {
  readonly gateway: string;
  readonly pool: string;
  readonly setting: string;
  readonly minutes: Map<number, Counts>;
}

interface Found {
  readonly sign: TroubleSign;
  readonly reason: string;
  readonly numbers: Counts;
}

function decideTarget(target: Target, settings: TroubleSettings, arrived: number, isOpen: boolean): TroubleDecision {
  const { gateway, pool, setting, minutes } = target;
  const base = { gateway, pool, setting };
  const known = [...minutes.keys()].toSorted((left, right) => right - left);
  const lastMinute = known.find((minute) => signAt(target, settings, minute, isOpen) !== undefined);
  const found = lastMinute === undefined ? undefined : signAt(target, settings, lastMinute, isOpen);
  const since = sumOf(minutes, (lastMinute ?? Number.NEGATIVE_INFINITY) + 1, Number.POSITIVE_INFINITY);
  // Trouble that fell out of the windows ended before them.
  const isOver = arrived - (lastMinute ?? (known.at(-1) ?? arrived) - 1) >= settings.holdDownMinutes;
  if (found && lastMinute !== undefined && !isOver) return { ...base, state: 'fired', ...found, lastMinute };
  const when = lastMinute === undefined ? {} : { lastMinute };
  if (!isOpen) {
    if (!found) return { ...base, state: 'quiet', sign: 'none', reason: calmReason(since), numbers: since };
    const reason = `It was over before it was seen: ${lowerFirst(found.reason)}`;
    return { ...base, ...when, state: 'quiet', sign: 'over-before-it-was-seen', reason, numbers: found.numbers };
  }
  if (!isOver || since.served < settings.servedSince) {
    const reason =
      since.requests === 0
        ? 'No request has come since, so that it has ended is not seen.'
        : `${since.served} of ${since.requests} requests were served since: not enough, or not long enough, to call it over.`;
    return { ...base, ...when, state: 'fired', sign: 'not-seen-to-end', reason, numbers: since };
  }
  const reason = `${calmReason(since)} That has lasted for ${settings.holdDownMinutes} minutes or more.`;
  return { ...base, ...when, state: 'recovered', sign: 'none', reason, numbers: since };
}

/** The trouble that this minute is part of, by the clearest sign. A minute in which nothing failed is part of none. */
function signAt({ minutes }: Target, settings: TroubleSettings, minute: number, isOpen: boolean): Found | undefined {
  const here = minutes.get(minute);
  if (!here) return undefined;
  const numbers = sumOf(minutes, minute - settings.windowMinutes + 1, minute);
  const { requests, failed } = numbers;
  const within = `in ${settings.windowMinutes} minutes`;
  if (here.noLive >= settings.noLiveRequests) {
    const reason = `For ${numbers.noLive} of ${requests} requests ${within} the gateway found no live member.`;
    return { sign: 'no-live-member', reason, numbers };
  }
  const isMuch = failed >= settings.failedRequests && failed >= requests * settings.failedShare;
  const isMuchOfFew = failed >= settings.failedOfFew && failed >= requests * settings.failedShareOfFew;
  if (here.failed > 0 && (isMuch || isMuchOfFew)) {
    const reason = `${failed} of ${requests} requests (${percent(failed / requests)}) ${within} were answered 502 or 504.`;
    return { sign: 'failing', reason, numbers };
  }
  const spike = sumOf(minutes, minute - 1, minute);
  const usual = usualErrors(minutes, minute - 2);
  const isSpike = usual !== undefined && spike.gatewayErrors >= 2 * usual * settings.gatewayErrorsTimes;
  const isLasting = isOpen && spike.gatewayErrors >= spike.requests * settings.gatewayErrorsShareAtEnd;
  if (here.gatewayErrors > 0 && spike.gatewayErrors >= settings.gatewayErrors && (isSpike || isLasting)) {
    const before = isSpike ? `; before, it was ${usual} a minute` : '';
    const reason = `The gateway itself answered ${spike.gatewayErrors} of ${spike.requests} requests with 5xx in two minutes${before}.`;
    return { sign: 'gateway-errors', reason, numbers: spike };
  }
  const { givenUp } = numbers;
  if (here.givenUp > 0 && givenUp >= settings.givenUp && givenUp >= requests * settings.givenUpShare) {
    const reason = `Clients gave up ${givenUp} of ${requests} requests ${within} just before the request timeout: the backend is slow.`;
    return { sign: 'slow-backend', reason, numbers };
  }
  return undefined;
}

/** Errors of the gateway in a usual minute, from those before; undefined where there are too few to tell. */
function usualErrors(minutes: ReadonlyMap<number, Counts>, until: number): number | undefined {
  const before = [...minutes].filter(([minute]) => minute <= until).map(([, { gatewayErrors }]) => gatewayErrors);
  if (before.length < MINUTES_THAT_TELL) return undefined;
  return before.toSorted((left, right) => left - right)[Math.floor(before.length / 2)];
}

const MINUTES_THAT_TELL = 5;

function countsOf(outcomes: TargetWindow['outcomes'], timeoutSeconds: number | undefined): Counts {
  let counts = NOTHING;
  for (const outcome of outcomes.values()) counts = add(counts, countOutcome(outcome, timeoutSeconds));
  return counts;
}

function countOutcome(outcome: Outcome, timeoutSeconds: number | undefined): Counts {
  const { count, status, serverStatus, errorInfo } = outcome;
  const isByGateway = makerOf(outcome) === 'gateway';
  const isGivenUp = status === 499 && timeoutSeconds !== undefined;
  return {
    requests: count,
    failed: isFailed(outcome) ? count : 0,
    noLive: errorInfo.toUpperCase() === 'ERRORINFO_UPSTREAM_NO_LIVE' && status >= 500 ? count : 0,
    gatewayErrors: isByGateway && status >= 500 ? count : 0,
    // The client, or a proxy before it, waits a little less than the gateway does.
    givenUp: isGivenUp ? countBetween(outcome.timeTaken, timeoutSeconds * 750, timeoutSeconds * 1_000 + 500) : 0,
    served: !isByGateway && serverStatus < 500 && status < 500 ? count : 0,
  };
}

const NOTHING: Counts = { requests: 0, failed: 0, noLive: 0, gatewayErrors: 0, givenUp: 0, served: 0 };

function sumOf(minutes: ReadonlyMap<number, Counts>, from: number, to: number): Counts {
  let sum = NOTHING;
  for (const [minute, counts] of minutes) if (minute >= from && minute <= to) sum = add(sum, counts);
  return sum;
}

function add(left: Counts, right: Counts): Counts {
  return {
    requests: left.requests + right.requests,
    failed: left.failed + right.failed,
    noLive: left.noLive + right.noLive,
    gatewayErrors: left.gatewayErrors + right.gatewayErrors,
    givenUp: left.givenUp + right.givenUp,
    served: left.served + right.served,
  };
}

function calmReason({ requests, failed }: Counts): string {
  return failed === 0 ? `None of ${requests} requests failed.` : `Only ${failed} of ${requests} requests failed.`;
}

function percent(share: number): string {
  return share < 0.01 ? 'under 1 %' : `${Math.floor(share * 100)} %`;
}

function lowerFirst(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
