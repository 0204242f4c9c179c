import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Target } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation } from '../../core/verdict.ts';
import { citeRequests } from '../../reasoning/from-access-log.ts';
import { liveHostOf } from '../../reasoning/probe-request.ts';
import { citeRequest, isWellAnswered, observationOf, requestsOfKind } from '../../reasoning/prober-observations.ts';
import { COMPARED } from './requests.ts';

/** What the prober was answered by a member under the probe's Host and under that of clients. */

export interface Tried {
  readonly outcome: 'refused' | 'served';
  readonly because: readonly Citation[];
}

/** Below these, refusals under a Host are chance, or a matter of some of its paths only. */
const MIN_REFUSED_REQUESTS = 10;
const WHOLE_SHARE = 0.9;

/**
 * One request under two Hosts, sent to a member that passes the probe. It tells of the Host only together with the log:
 * a health path can be served under one name alone while clients are served under every other. So the Host has to be
 * refused to clients as well, with the same status and throughout.
 */
export function triedDirectly(
  readings: Readings,
  target: Target,
  requests: readonly TrafficGroup[],
): Tried | undefined {
  for (const member of target.members) {
    const observation = observationOf(readings, target, member);
    const probe = requestsOfKind(observation, 'probe').find(isWellAnswered);
    if (!probe) continue;
    for (const live of requestsOfKind(observation, 'live-host')) {
      const { host, status } = live;
      if (host === undefined || status === undefined || sameName(host, probe.host ?? '')) continue;
      const ofHost = requests.filter((group) => sameName(liveHostOf(target, member, group) ?? '', host));
      const refused = ofHost.filter((group) => !isAnswered(group));
      if (requestsIn(refused) < MIN_REFUSED_REQUESTS) continue;
      const answered = citeRequest(probe, `${member.address} answers the probe's own request.`);
      if (isWellAnswered(live)) {
        const says = `It answers the same request under ${host}, which clients are refused under.`;
        return { outcome: 'served', because: [citeRequest(live, says), answered] };
      }
      const alike = refused.filter((group) => group.status === status && group.serverStatus === status);
      if (!COMPARED.includes(status) || requestsIn(alike) < WHOLE_SHARE * requestsIn(ofHost)) continue;
      const says = `It refuses the same request under ${host}.`;
      const log = `Clients are refused under ${host} throughout.`;
      return {
        outcome: 'refused',
        because: [
          answered,
          citeRequest(live, says),
          citeRequests(alike, ofHost, `host ${host}, serverStatus ${status}`, log),
        ],
      };
    }
  }
  return undefined;
}

function isAnswered({ status, serverStatus }: TrafficGroup): boolean {
  return status === serverStatus && status >= 200 && status <= 399;
}
