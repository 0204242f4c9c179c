import { isPublic } from '../../core/network-rules.ts';
import type { Readings } from '../../core/readings.ts';
import { lastSegment, sameName } from '../../core/resource-id.ts';
import { trafficOf } from '../../core/targets.ts';
import { isGatewayError, requestsIn } from '../../core/traffic.ts';
import type { Citation } from '../../core/verdict.ts';
import { isOnSharedPlatform } from '../../reasoning/backend-address.ts';
import { citeRequests, isServed, spanOf } from '../../reasoning/from-access-log.ts';
import { citeEvent, succeeded, timedEvents } from '../../reasoning/from-activity-log.ts';
import {
  answeredProbes,
  citeHealthySibling,
  citeOtherProbe,
  type StatusSighting,
} from '../../reasoning/probe-status.ts';
import { citeResolution } from '../../reasoning/probed-ports.ts';
import { citeRequest, isWellAnswered, observationOf, requestsOfKind } from '../../reasoning/prober-observations.ts';

/** What speaks for an access restriction where a probe is answered 403, and what against it. */

/** What cannot be so if the gateway is shut out: a restriction holds for every request of the gateway to that endpoint. */
export function admitted(readings: Readings, sighting: StatusSighting): readonly Citation[] {
  const { target, example } = sighting;
  const [other] = answeredProbes(readings, target, example);
  if (other) return citeOtherProbe(other);
  const requests = trafficOf(readings, target);
  const answered = requests.filter(
    (group) => isServed(group) && group.serverStatus !== undefined && group.serverStatus < 300,
  );
  // Ten keep a stray request of somebody's test out of it; only a pool of one member is told by its log for sure.
  if (requestsIn(answered) < 10 || target.members.length > 1) return [];
  // What was let in before the first refusal was let in before the restriction.
  const refused = spanOf(requests.filter((group) => isGatewayError(group) || group.serverStatus === 403));
  if (refused && (spanOf(answered)?.to ?? 0) < refused.from) return [];
  const says = `${target.pool} answers requests that come through the gateway, so the gateway is let in.`;
  return [citeRequests(answered, requests, 'serverStatus 2xx', says)];
}

/** What makes another explanation of the 403 as good. */
export function doubts(readings: Readings, sighting: StatusSighting): readonly Citation[] {
  const { target, example } = sighting;
  const found = [...citeHealthySibling(sighting)];
  const site = example.address.split('.')[0] ?? '';
  const stopped = timedEvents(readings).findLast(
    (event) =>
      /\/sites\/(stop|start)\/action$/i.test(event.operation) &&
      succeeded(event) &&
      sameName(lastSegment(event.resourceId), site),
  );
  if (stopped && /\/stop\//i.test(stopped.operation)) {
    found.push(citeEvent(stopped, 'The app was stopped, and the platform answers 403 for a stopped app as well.'));
  }
  const seen = observationOf(readings, target, example);
  const addresses = seen?.resolution?.addresses ?? [];
  if (seen && addresses.length > 0 && addresses.every((address) => isPublic(address) === false)) {
    const says = `${example.address} resolves to a private endpoint, to which access rules by address do not apply.`;
    found.push(citeResolution(seen, says));
  }
  return found;
}

/** What speaks for a restriction by origin in particular. */
export function signs(readings: Readings, { target, example }: StatusSighting): readonly Citation[] {
  const found: Citation[] = [];
  if (isOnSharedPlatform(example.address)) {
    const says = `${example.address} is an endpoint of the platform, which answers 403 to whoever its access rules shut out.`;
    found.push({ evidence: 'backend-health', quote: example.address, says });
  }
  const seen = observationOf(readings, target, example);
  const [same] = requestsOfKind(seen, 'probe');
  if (same && isWellAnswered(same)) {
    found.push(
      citeRequest(same, 'The same request from another subnet is answered, so it is the origin that is refused.'),
    );
  }
  const others = [...requestsOfKind(seen, 'other-path'), ...requestsOfKind(seen, 'other-host')];
  const refused = others.find(({ status }) => status === 403);
  if (refused && others.every(({ status }) => status === 403)) {
    found.push(citeRequest(refused, 'Whatever is asked for is refused, which no single guarded path explains.'));
  }
  return found;
}
