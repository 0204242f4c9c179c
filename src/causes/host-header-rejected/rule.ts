import type { Member } from '../../core/backend-health.ts';
import { wasRead } from '../../core/evidence.ts';
import type { Readings } from '../../core/readings.ts';
import { backendHealthRead, gatewayRead, logRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope, scopeOf, type Target, targetsOf, trafficOf } from '../../core/targets.ts';
import { requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, Verdict } from '../../core/verdict.ts';
import { isIpAddress, isOnSharedPlatform } from '../../reasoning/backend-address.ts';
import { citeRequests, isExcerpt, isNotable } from '../../reasoning/from-access-log.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import { ingressSigns } from '../../reasoning/kubernetes-signs.ts';
import { liveHostOf, probeHostOf, probeRead, probeRequestOf } from '../../reasoning/probe-request.ts';
import { fixFor } from './fix.ts';
import { byHost, hostComparison, isRejection } from './requests.ts';
import { triedDirectly } from './tried.ts';

const id = 'host-header-rejected';

export const hostHeaderRejected = {
  id,
  title: "The backend refuses the Host that clients' requests carry",
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log', 'probe-results'],
  meaning:
    'Every probe is answered, yet clients get errors, because their requests reach the backend with another Host than the ' +
    "probe's, and the backend does not serve it. App Service is the usual place: it knows its own azurewebsites.net name and " +
    'the domains bound to it, and answers any other name with 404.',
  confirmedBy:
    'All members are healthy, and one and the same path is answered for one Host and refused for another: in the access log at the same time, or by a request sent to the member under either Host while the log shows that clients are refused throughout.',
  ruledOutBy: 'The probe sends the same Host as clients, or the backend answers the requests of clients.',
  doNot: [
    'Do not trust green health here: the probe and the clients do not ask for the same name.',
    'Do not restart the application: it answers as it is configured to.',
  ],
  prevention: [
    "Have the probe take its Host from the backend setting, so that health shows what clients' requests meet.",
    'Bind the public domain to the application before the gateway sends traffic for it.',
  ],
  blindSpots: [
    'A path that the application does not serve is a 404 too; only the same path with another Host tells them apart.',
    'Over TLS the name also goes into the handshake, so a certificate for another name can be behind a 502.',
  ],
  judge,
} satisfies Rule;

/** Refusals below these floors are what scanners and stale links bring about at any healthy application. */
const MIN_REJECTED_REQUESTS = 10;
const MIN_REJECTED_SHARE = 0.1;

/** From here on a Host is refused as such; below, some paths of it are answered. */
const WHOLE_SHARE = 0.9;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  const targets = targetsOf(readings).filter((target) => target.members.length > 0);
  if (!wasRead(readings.evidence, 'backend-health') || targets.length === 0)
    return [{ ...base, verdict: 'inconclusive', because: [], missing: [backendHealthRead(readings)] }];
  const green = targets.filter((target) => target.members.every(isAnswering));
  if (green.length > 0) return green.map((target) => judgeTarget(readings, target));
  const other = targets.flatMap((target) => target.members).find((member) => !isAnswering(member));
  const because = other ? [citeMember(other, 'No pool is green throughout, which this cause would leave it.')] : [];
  return [{ ...base, verdict: 'ruled-out', because, missing: [] }];
}

function isAnswering({ health, observed }: Member): boolean {
  return health === 'healthy' && (observed.kind === 'answered' || observed.kind === 'silent');
}

function judgeTarget(readings: Readings, target: Target): Verdict {
  const { members, settingConfig } = target;
  const member = members[0] as Member;
  const base = { cause: id, scope: scopeOf(readings, target), fix: fixFor(readings, target) };
  const green = citeMember(
    member,
    `Every member of ${target.pool} (${members.length} in all) answers the probe of ${target.setting}.`,
  );
  const requests = trafficOf(readings, target);
  const total = requestsIn(requests);
  const isShown = isExcerpt(readings.traffic, MIN_REJECTED_REQUESTS) && total > 0;
  if (total < MIN_REJECTED_REQUESTS && !isShown) return judgeWithoutTraffic(readings, target, green);

  const rejected = requests.filter(isRejection);
  const count = requestsIn(rejected);
  const statuses = [...new Set(rejected.map((group) => group.status))].toSorted().join(', ');
  const floor = { requests: MIN_REJECTED_REQUESTS, share: MIN_REJECTED_SHARE };
  if (!isNotable(readings, count, total, floor)) {
    const says = 'Hardly any request of clients is refused the way that a wrong Host is.';
    const cited = citeRequests(rejected, requests, 'httpStatus 400, 403, 404, 421, or 502 unexplained', says);
    return { ...base, verdict: 'ruled-out', because: [green, cited], missing: [], fix: [] };
  }
  const refusals = citeRequests(
    rejected,
    requests,
    `httpStatus ${statuses}`,
    `Clients of ${target.pool} are refused while its probes are answered.`,
  );
  const because = [green, refusals];
  const hostRead = probeRead(
    target,
    member,
    `What ${member.address} answers to a failing request with the probe's Host.`,
  );
  if (!settingConfig) return { ...base, verdict: 'possible', because, missing: [gatewayRead(readings), hostRead] };

  const hosts = new Set(rejected.map((group) => liveHostOf(target, member, group)?.toLowerCase()));
  const probeHost = probeHostOf(target, member)?.toLowerCase();
  const sent = citeHosts(target, member, [...hosts]);
  if (probeHost !== undefined && hosts.size === 1 && hosts.has(probeHost))
    return { ...base, verdict: 'ruled-out', because: [refusals, sent], missing: [], fix: [] };

  // An ingress refuses a host for want of a rule, which is another cause with another remedy.
  const ingress = ingressSigns(readings, target);
  if (ingress.length > 0)
    return { ...base, verdict: 'possible', because: [...because, sent, ...ingress].slice(0, 5), missing: [hostRead] };

  const comparison = passesClientHost(target) ? hostComparison(requests) : undefined;
  if (comparison)
    return { ...base, verdict: 'confirmed', because: [...because, sent, ...comparison], missing: [], weight: 4 };
  const tried = triedDirectly(readings, target, requests);
  if (tried?.outcome === 'refused')
    return { ...base, verdict: 'confirmed', because: [...because, sent, ...tried.because], missing: [], weight: 4 };
  if (tried?.outcome === 'served')
    return { ...base, verdict: 'ruled-out', because: [refusals, ...tried.because], missing: [], fix: [] };

  const signs = [
    members.every(({ address }) => isOnSharedPlatform(address)),
    refusesProbePath(readings, target, member, rejected),
  ].filter(Boolean).length;
  // A path that the application does not serve is refused throughout as well, so one sign more has to speak for the Host.
  const isLikely = signs > 0 && probeHost !== undefined && isRefusedThroughout(readings, target, requests, probeHost);
  return isLikely
    ? { ...base, verdict: 'likely', because: [...because, sent], missing: [hostRead], weight: 1 + signs }
    : { ...base, verdict: 'possible', because: [...because, sent], missing: [hostRead] };
}

/** Whether a Host other than the probe's is refused whatever it asks for. */
function isRefusedThroughout(
  readings: Readings,
  target: Target,
  requests: readonly TrafficGroup[],
  probeHost: string,
): boolean {
  const isEnough = (groups: readonly TrafficGroup[], of: readonly TrafficGroup[], share: number) =>
    requestsIn(groups) >= share * requestsIn(of) &&
    isNotable(readings, requestsIn(groups), requestsIn(of), { requests: MIN_REJECTED_REQUESTS, share });
  // A 403 is more often a matter of rights than of names.
  const isOfName = (group: TrafficGroup) => isRejection(group) && group.status !== 403;
  if (!passesClientHost(target)) return isEnough(requests.filter(isOfName), requests, WHOLE_SHARE);
  return [...byHost(requests)].some(([host, groups]) => {
    const refused = groups.filter(isOfName);
    if (host === probeHost || isIpAddress(host)) return false;
    return isEnough(refused, groups, WHOLE_SHARE) && isEnough(refused, requests, MIN_REJECTED_SHARE);
  });
}

/** Whether clients are refused on the very path that the probe is answered on. */
function refusesProbePath(
  readings: Readings,
  target: Target,
  { observed }: Member,
  rejected: readonly TrafficGroup[],
): boolean {
  const status = observed.kind === 'answered' ? observed.status : undefined;
  const path = probeRequestOf(target)?.path;
  if (status === undefined || status > 299 || target.settingConfig?.path !== undefined) return false;
  const count = requestsIn(rejected.filter((group) => group.path === path));
  return isNotable(readings, count, requestsIn(rejected), { requests: MIN_REJECTED_REQUESTS, share: 0 });
}

function judgeWithoutTraffic(readings: Readings, target: Target, green: Citation): Verdict {
  const base = { cause: id, scope: scopeOf(readings, target) };
  const missing = [
    logRead(
      readings,
      'The access log: whether requests are refused, and under which Host.',
      'AGWAccessLogs | summarize count() by BackendPoolName, BackendSettingName, OriginalHost, Host, HttpStatus, ServerStatus',
    ),
  ];
  const isExposed = target.members.every(({ address }) => isOnSharedPlatform(address)) && passesClientHost(target);
  if (!isExposed) return { ...base, verdict: 'inconclusive', because: [green], missing, fix: [] };
  const says = `${target.setting} passes the client's Host on to a platform that serves only names bound to the application.`;
  const open: Citation = { evidence: 'gateway', quote: '"pickHostNameFromBackendAddress": false', says };
  return { ...base, verdict: 'possible', because: [green, open], missing, fix: fixFor(readings, target) };
}

/** Whether the setting leaves the Host as the client sent it. */
function passesClientHost({ settingConfig }: Target): boolean {
  return (
    settingConfig !== undefined && settingConfig.hostName === undefined && !settingConfig.pickHostNameFromBackendAddress
  );
}

function citeHosts(target: Target, member: Member, hosts: readonly (string | undefined)[]): Citation {
  const { settingConfig, setting } = target;
  const probeHost = probeHostOf(target, member) ?? 'a host that the configuration does not tell';
  const live =
    hosts
      .filter((host) => host !== undefined)
      .slice(0, 3)
      .join(', ') || 'the host of the client';
  const quote =
    settingConfig?.hostName !== undefined
      ? `"hostName": "${settingConfig.hostName}"`
      : `"pickHostNameFromBackendAddress": ${settingConfig?.pickHostNameFromBackendAddress ?? false}`;
  return {
    evidence: 'gateway',
    quote,
    says: `Through ${setting} refused requests carry Host ${live}; the probe sends ${probeHost}.`,
  };
}
