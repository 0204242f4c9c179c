import type { Readings } from '../../core/readings.ts';
import { accessLogRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import { scopeOf, type Target, trafficOf } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, Verdict } from '../../core/verdict.ts';
import { usesTls } from '../../reasoning/certificate-standing.ts';
import { blamesUpstream, citeRequests } from '../../reasoning/from-access-log.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import { liveHostOf, probeHostOf, probeRead } from '../../reasoning/probe-request.ts';
import { citeRequest, isWellAnswered, observationOf, requestsOfKind } from '../../reasoning/prober-observations.ts';
import { fixFor } from './reason.ts';

/**
 * Probe and live requests send different server names, so a handshake can fail for clients only: every member is healthy,
 * and requests end with a 502 for which the log names no reason and no answer of the backend.
 */

/** Below these floors a 502 without a reason is chance. */
const MIN_UNEXPLAINED_REQUESTS = 10;
const MIN_UNEXPLAINED_SHARE = 0.1;

/** Errors of OpenSSL's own, as against those of a connection and those of a certificate that was read. */
const HANDSHAKE_ERROR = /SSL|TLS|EPROTO|HANDSHAKE/i;
const CERTIFICATE_ERROR = /ALTNAME|CERT_HAS|CERT_NOT|SELF_SIGNED|UNABLE_TO/i;

export function judgeLive(readings: Readings, target: Target, cause: string): Verdict | undefined {
  const [member] = target.members;
  if (!member || !usesTls(target) || !target.members.every((one) => one.health === 'healthy')) return undefined;
  const requests = trafficOf(readings, target);
  const unexplained = requests.filter(isUnexplained);
  const count = requestsIn(unexplained);
  if (count < MIN_UNEXPLAINED_REQUESTS || count < MIN_UNEXPLAINED_SHARE * requestsIn(requests)) return undefined;
  const hosts = new Set(unexplained.flatMap((group) => liveHostOf(target, member, group)?.toLowerCase() ?? []));
  const probeHost = probeHostOf(target, member);
  if (hosts.size === 0 || (hosts.size === 1 && probeHost !== undefined && hosts.has(probeHost.toLowerCase())))
    return undefined;

  const what = 'httpStatus 502, serverStatus empty';
  const because: Citation[] = [
    citeRequests(
      unexplained,
      requests,
      what,
      `Clients of ${target.pool} get no answer of the backend, and the log gives no reason.`,
    ),
    citeMember(
      member,
      `Every member of ${target.pool} (${target.members.length} in all) passes the probe of ${target.setting}.`,
    ),
  ];
  const base = {
    cause,
    scope: scopeOf(readings, target),
    fix: fixFor(readings, { ...target, probe: undefined }, 'wants-server-name'),
  };
  const read = `Whether ${member.address} completes a handshake under the name that clients' requests carry.`;
  const [host] = hosts;
  const missing = [probeRead(target, member, read, { host }), accessLogRead(readings)];
  const tried = triedLive(readings, target, hosts);
  if (tried?.outcome === 'answered') return undefined;
  if (tried) return { ...base, verdict: 'confirmed', because: [...tried.because, ...because], missing: [], weight: 3 };
  return { ...base, verdict: 'possible', because, missing };
}

function isUnexplained(group: TrafficGroup): boolean {
  const { status, serverStatus, member } = group;
  return status === 502 && serverStatus === undefined && member !== undefined && !blamesUpstream(group);
}

interface Tried {
  readonly outcome: 'broken' | 'answered';
  readonly because: readonly Citation[];
}

/** A request of the prober under a live host, where the same member answers the probe's own request. */
function triedLive(readings: Readings, target: Target, hosts: ReadonlySet<string>): Tried | undefined {
  for (const member of target.members) {
    const observation = observationOf(readings, target, member);
    const probe = requestsOfKind(observation, 'probe').find(isWellAnswered);
    const live = requestsOfKind(observation, 'live-host').find(({ host }) =>
      [...hosts].some((asked) => host !== undefined && sameName(asked, host)),
    );
    if (!probe || !live) continue;
    if (live.status !== undefined) return { outcome: 'answered', because: [] };
    const error = live.error ?? '';
    if (!HANDSHAKE_ERROR.test(error) || CERTIFICATE_ERROR.test(error)) continue;
    const because = [
      citeRequest(live, `${member.address} breaks off the handshake under the name that live requests send.`),
      citeRequest(probe, 'It answers the same request under the name that the probe sends.'),
    ];
    return { outcome: 'broken', because };
  }
  return undefined;
}
