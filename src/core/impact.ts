import type { EvidenceSummary } from './evidence.ts';
import type { Readings } from './readings.ts';
import { isGatewayError, requestsIn } from './traffic.ts';

/** How many clients saw errors. */
export interface Impact {
  /** One sentence with its numbers, or why they are not known. */
  readonly sentence: string;
  readonly failed?: number;
  readonly requests?: number;
  /** First and last failure, ISO 8601. */
  readonly since?: string;
  readonly until?: string;
}

export function impactOf({ traffic, evidence }: Readings): Impact {
  if (!traffic) return { sentence: `How many clients see errors is not known: ${whyNoTraffic(evidence)}` };
  const requests = requestsIn(traffic.groups);
  const failing = traffic.groups.filter(isGatewayError);
  const failed = requestsIn(failing);
  const lowerBound = traffic.unread > 0 ? ` (a lower bound: ${traffic.unread} records could not be read)` : '';
  const span = traffic.from && traffic.to ? ` between ${clock(traffic.from)} and ${clock(traffic.to)} UTC` : '';
  if (failed === 0) {
    return { sentence: `None of ${requests} requests${span} was answered 502 or 504${lowerBound}.`, failed, requests };
  }
  const since = earliest(failing.map((group) => group.firstAt));
  const until = latest(failing.map((group) => group.lastAt));
  const period = since && until ? `, the first at ${clock(since)}, the last at ${clock(until)}` : '';
  const share = requests === 0 ? '' : ` (${percent(failed / requests)})`;
  const sentence = `${failed} of ${requests} requests${share}${span} were answered 502 or 504${period}${lowerBound}.`;
  return { sentence, failed, requests, since, until };
}

function whyNoTraffic(evidence: readonly EvidenceSummary[]): string {
  const log = evidence.find((item) => item.name === 'access-log');
  if (!log) return 'the access log was not read.';
  if (log.state === 'empty')
    return `the access log holds no request of that time${log.reason ? ` (${log.reason})` : ''}.`;
  return `the access log could not be read${log.reason ? ` (${log.reason})` : ''}.`;
}

function percent(share: number): string {
  const value = share * 100;
  return value > 0 && value < 1 ? 'under 1 %' : `${Math.floor(value)} %`;
}

/** `2026-09-14T02:10:31.000Z` as `02:10`. */
function clock(at: string): string {
  return at.slice(11, 16);
}

function earliest(times: readonly (string | undefined)[]): string | undefined {
  return times.filter((time) => time !== undefined).sort()[0];
}

function latest(times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
}
