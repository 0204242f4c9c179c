import type { EvidenceSummary } from './evidence.ts';
import type { Readings } from './readings.ts';
import { isGatewayError, requestsIn, type Traffic } from './traffic.ts';
import type { Verdict } from './verdict.ts';

/** The name under which rules know the access log, whoever brought it, and the name of the stream. */
const LOG = 'access-log';
const STREAM = 'access-log-stream';

/** A log that has not seen failures until this long before the stream's last ones is behind, in minutes. */
const BEHIND_MINUTES = 10;

/** Requests, and the evidence that counted them. */
export interface ToldTraffic {
  readonly traffic: Traffic;
  readonly evidence: typeof LOG | typeof STREAM;
}

/**
 * The traffic that causes are looked for in: the log of the workspace, which knows hosts, methods and paths; the stream's
 * where that log was not read, or is so far behind that it has not seen these failures. One or the other: both count the
 * same requests.
 */
export function trafficToJudge({ traffic, stream }: Readings): ToldTraffic | undefined {
  const log = traffic && ({ traffic, evidence: LOG } as const);
  if (!stream || requestsIn(stream.groups) === 0) return log;
  const byStream = { traffic: stream, evidence: STREAM } as const;
  if (!log) return byStream;
  const seen = lastFailure(stream);
  if (seen === undefined) return log;
  const logged = lastFailure(log.traffic);
  return logged === undefined || seen - logged > BEHIND_MINUTES * 60_000 ? byStream : log;
}

/** The last failure, milliseconds since 1970. */
function lastFailure({ groups, minutes }: Traffic): number | undefined {
  const times = groups
    .filter(isGatewayError)
    .flatMap(({ lastAt }) => (lastAt === undefined ? [] : [Date.parse(lastAt)]));
  const counted = minutes.filter(({ failed }) => failed > 0).map(({ at }) => Date.parse(at));
  const latest = times.length > 0 ? Math.max(...times) : Math.max(...counted);
  return Number.isFinite(latest) ? latest : undefined;
}

/**
 * The readings as rules see them. Rules are not to be concerned with who brought the access log, so where the stream
 * stands in for it, it does so under the log's name, and `citeStream` puts the right name under what they found.
 */
export function withStreamTraffic(readings: Readings): Readings {
  const told = trafficToJudge(readings);
  if (told?.evidence !== STREAM) return readings;
  const others = readings.evidence.filter(({ name }) => name !== LOG);
  const stands: EvidenceSummary = { name: LOG, state: 'ok' };
  return { ...readings, traffic: told.traffic, evidence: [...others, stands] };
}

/**
 * The verdict with its citations under the name of the evidence that was really read. The stream keeps no latency of
 * backends, so what a rule says of its absence from a log was not read here, and is left out.
 */
export function citeStream(verdict: Verdict): Verdict {
  return {
    ...verdict,
    because: verdict.because.flatMap((citation) => {
      if (citation.evidence !== LOG) return [citation];
      return /serverResponseLatency/i.test(citation.quote) ? [] : [{ ...citation, evidence: STREAM }];
    }),
  };
}

/** Whether rules see the stream in place of the log. */
export function isByStream(readings: Readings): boolean {
  return trafficToJudge(readings)?.evidence === STREAM;
}
