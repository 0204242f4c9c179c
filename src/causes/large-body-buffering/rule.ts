import { azGateway } from '../../core/az.ts';
import type { Readings } from '../../core/readings.ts';
import { accessLogRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import {
  citeRequests,
  durationsByPathRead,
  endpointsOf,
  foundNoMember,
  hasErrorInfo,
  highest,
  isServed,
  type LogTarget,
  logTargets,
  nameOfLog,
  scopeOfLog,
  shortPath,
  wasLogRead,
} from '../../reasoning/from-access-log.ts';
import { endsAtTimeout, timeoutOf } from '../../reasoning/timeouts.ts';

const id = 'large-body-buffering';

export const largeBodyBuffering = {
  id,
  title: 'Only requests with a large body fail',
  maturity: 'stable',
  explains: 'outage',
  reads: ['access-log', 'gateway'],
  meaning:
    'The gateway collects the body of a request before it hands it on. Requests with a large body fail, by 502 or 504, ' +
    'while smaller ones to the same backend pass: the backend does not take the body that then comes all at once, or ' +
    'gives up waiting for it.',
  confirmedBy:
    'The same requests pass once request buffering is switched off under load. That is a change, not a reading, so readings alone make this likely at most.',
  ruledOutBy: 'Failing requests are no larger than passing ones, or large ones are refused with 413, which is a limit.',
  doNot: [
    'Do not switch request buffering off first: read the limits of the backend before, they are the usual reason.',
    'Do not take a 413 for this: it is the size limit of the firewall or of the backend.',
    'Do not raise the request timeout unless the failures end with it.',
  ],
  prevention: [
    'Upload large files to storage directly, with the application handing out the right to it.',
    'Test uploads of the largest size that is allowed through the gateway, and under load.',
  ],
  blindSpots: [
    "The backend's own limit of a body, or a process that dies of it, shows the same sizes.",
    'The size that is logged counts what the client had sent when the request ended.',
    'Whether buffering is switched on is not read; it is by default.',
  ],
  judge,
} satisfies Rule;

/** The default limit of the firewall for a body, 128 KiB. What is smaller is handled everywhere, and is not large. */
const LARGE_BYTES = 131_072;
/** Sizes vary; only several times the largest usual size is another kind of request. */
const FAR_ABOVE = 4;
const MIN_FAILING_REQUESTS = 5;
const MIN_PASSING_REQUESTS = 20;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  if (!wasLogRead(readings)) return [{ ...base, verdict: 'inconclusive', because: [], missing: [sizesRead(readings)] }];
  const verdicts = logTargets(readings).flatMap((target) => judgeTarget(readings, target) ?? []);
  if (verdicts.length > 0) return verdicts;
  const all = readings.traffic?.groups ?? [];
  const refused = all.filter(({ status }) => status === 413);
  const failed = all.filter(isFailure);
  if (failed.some((group) => group.receivedBytes === undefined) && refused.length === 0)
    return [{ ...base, verdict: 'inconclusive', because: [], missing: [sizesRead(readings)] }];
  const says =
    refused.length > 0
      ? 'Large bodies are refused with 413, by a limit on their size; other failures are not large.'
      : 'Failing requests are no larger than those that pass.';
  const largest = highest(failed, (group) => group.receivedBytes);
  const because =
    refused.length > 0
      ? [citeRequests(refused, all, 'httpStatus 413', says)]
      : [citeRequests(failed, all, `receivedBytes up to ${largest ?? 0}`, says)];
  return [{ ...base, verdict: 'ruled-out', because, missing: [] }];
}

/** A request without a live member fails whatever it carries. */
function isFailure(group: TrafficGroup): boolean {
  return (group.status === 502 || group.status === 504) && !foundNoMember(group);
}

function judgeTarget(readings: Readings, target: LogTarget): Verdict | undefined {
  const failed = target.groups.filter(isFailure);
  const large = failed.filter(({ receivedBytes }) => (receivedBytes?.max ?? 0) >= LARGE_BYTES);
  if (large.length === 0) return undefined;
  const passing = target.groups.filter((group) => isServed(group) && group.status < 400 && group.receivedBytes);
  const smallestFailing = lowestOf(large);
  const [largestPassing, usual] = [highest(passing, (group) => group.receivedBytes) ?? 0, highestP95(passing) ?? 0];
  const base = { cause: id, scope: scopeOfLog(readings, target) };
  const missing = missingReads(readings);
  const because: Citation[] = [
    citeRequests(
      large,
      failed,
      `receivedBytes ${smallestFailing} or more`,
      `Failing requests to ${nameOfLog(target)} carry large bodies.`,
    ),
    citeRequests(
      passing,
      target.groups,
      `receivedBytes up to ${largestPassing}, 95% up to ${usual}`,
      passing.length === 0
        ? 'No request passes, so there is nothing to compare.'
        : 'This is the size of requests that pass.',
    ),
    ...citeSameRequest(large, passing),
  ];
  const doubts = doubtsOf(readings, target, { large, failed, passing, smallestFailing, largestPassing });
  const isApart = smallestFailing > usual * FAR_ABOVE;
  const isEnough = requestsIn(large) >= MIN_FAILING_REQUESTS && requestsIn(passing) >= MIN_PASSING_REQUESTS;
  if (!isApart || !isEnough || doubts.length > 0)
    return { ...base, verdict: 'possible', because: [...because, ...doubts].slice(0, 6), missing, fix: [] };
  return { ...base, verdict: 'likely', because, missing, fix: fixFor(readings), weight: because.length - 1 };
}

function lowestOf(groups: readonly TrafficGroup[]): number {
  return Math.min(...groups.flatMap(({ receivedBytes }) => receivedBytes?.min ?? []));
}

function highestP95(groups: readonly TrafficGroup[]): number | undefined {
  const sizes = groups.flatMap(({ receivedBytes }) => receivedBytes?.p95 ?? []);
  return sizes.length === 0 ? undefined : Math.max(...sizes);
}

/** The same path and method pass with a smaller body, so it is the size that they differ in. */
function citeSameRequest(large: readonly TrafficGroup[], passing: readonly TrafficGroup[]): readonly Citation[] {
  const same = passing.filter((group) =>
    large.some((other) => other.path !== undefined && other.path === group.path && other.method === group.method),
  );
  if (requestsIn(same) < 5) return [];
  const says = `The same path, ${shortPath(same[0]?.path ?? '')}, is answered where the body is small.`;
  const most = highest(same, (group) => group.receivedBytes) ?? 0;
  return [citeRequests(same, passing, `receivedBytes up to ${most}`, says)];
}

interface Sizes {
  readonly large: readonly TrafficGroup[];
  readonly failed: readonly TrafficGroup[];
  readonly passing: readonly TrafficGroup[];
  readonly smallestFailing: number;
  readonly largestPassing: number;
}

/** What speaks against the size as the reason. */
function doubtsOf(
  readings: Readings,
  target: LogTarget,
  { large, failed, passing, smallestFailing, largestPassing }: Sizes,
): readonly Citation[] {
  const doubts: Citation[] = [];
  if (smallestFailing < LARGE_BYTES) {
    const most = highest(large, (group) => group.receivedBytes);
    const quote = `receivedBytes ${smallestFailing} to ${most}`;
    doubts.push(
      citeRequests(large, failed, quote, 'On one and the same path, requests with small bodies fail as well.'),
    );
  }
  const others = failed.filter((group) => !large.includes(group));
  // Small requests that fail as often need another reason, and that one may do for the large ones as well.
  if (requestsIn(others) * 4 > requestsIn(failed)) {
    const says = 'These fail without a large body, so the size is not what failures have in common.';
    doubts.push(citeRequests(others, failed, `receivedBytes below ${LARGE_BYTES}`, says));
  }
  if (largestPassing >= smallestFailing) {
    const as = passing.filter(({ receivedBytes }) => (receivedBytes?.max ?? 0) >= smallestFailing);
    doubts.push(citeRequests(as, passing, `receivedBytes up to ${largestPassing}`, 'Requests as large as these pass.'));
  }
  const timeout = timeoutOf(readings, target);
  const late = large.filter(
    (group) =>
      hasErrorInfo(group, 'ERRORINFO_UPSTREAM_TIMED_OUT') || (timeout !== undefined && endsAtTimeout(group, timeout)),
  );
  if (requestsIn(late) * 2 > requestsIn(large)) {
    const says = 'They end by the request timeout, which is a reason of its own.';
    doubts.push(citeRequests(late, large, 'error_info ERRORINFO_UPSTREAM_TIMED_OUT', says));
  }
  const addresses = (groups: readonly TrafficGroup[]) =>
    new Set(groups.flatMap(endpointsOf).map(({ address }) => address));
  const [failing, serving] = [addresses(large), addresses(passing)];
  if (failing.size === 1 && serving.size > 1 && requestsIn(large) >= 10) {
    const says = `Only one of ${serving.size} backends fails them.`;
    doubts.push(citeRequests(large, failed, `serverRouted ${[...failing].join()}`, says));
  }
  return doubts;
}

function sizesRead(readings: Readings): MissingRead {
  return accessLogRead(readings, 'The access log with the size of failing and of passing requests.');
}

function missingReads(readings: Readings): readonly MissingRead[] {
  return [
    { read: "The backend's own limit of a body, and what it logs when such a request arrives." },
    durationsByPathRead(
      readings,
      'How long large requests take, by path: whether they end by a timeout.',
      'ReceivedBytes > 131072',
    ),
  ];
}

function fixFor(readings: Readings): readonly FixStep[] {
  const limits: FixStep = {
    text: "First, send such a request to a backend directly, past the gateway. Where it fails there as well, raise the backend's own limit (client_max_body_size, maxAllowedContentLength, by server) or its memory.",
  };
  const tier = readings.gateway?.tier?.toLowerCase() ?? '';
  if (tier.startsWith('waf'))
    return [limits, { text: 'Request buffering cannot be switched off on a gateway with a firewall: upload past it.' }];
  const set = (isOn: boolean) =>
    azGateway(readings, 'update', '--set', `globalConfiguration.enableRequestBuffering=${isOn}`);
  return [
    limits,
    {
      text: 'Last, and tested under load, switch request buffering off. It is one switch for every backend of this gateway; the command to go back to the default has the value true.',
      command: set(false),
    },
  ];
}
