import { azPart } from '../../core/az.ts';
import { wasRead } from '../../core/evidence.ts';
import { type BackendPool, routesTo } from '../../core/gateway.ts';
import type { Readings } from '../../core/readings.ts';
import { backendHealthRead, gatewayRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Rule } from '../../core/rule.ts';
import { gatewayScope, type Target, targetsOf, trafficOf } from '../../core/targets.ts';
import type { Citation, MissingRead, Verdict } from '../../core/verdict.ts';
import { citeRequests, foundNoMember, isServed } from '../../reasoning/from-access-log.ts';

const id = 'empty-pool';

export const emptyPool = {
  id,
  title: 'The backend pool has no members',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'access-log'],
  meaning:
    'A rule sends requests to a backend pool that holds no address. The gateway has nowhere to send them and answers 502 ' +
    'at once. It happens when a deployment rewrites the gateway and drops members that were added elsewhere, or when a ' +
    'scale set or cluster that filled the pool was recreated.',
  confirmedBy:
    'Backend health shows no servers for the pool, and the gateway configuration holds neither addresses nor network interfaces in it, while a rule routes to it.',
  ruledOutBy: 'Every pool that a rule routes to has members in backend health.',
  doNot: ['Do not restart or scale the gateway: it has nothing to send requests to.'],
  prevention: [
    "Make the pool's members part of the same deployment as the gateway, or let the scale set or ingress controller own them.",
  ],
  blindSpots: ['A pool filled by an ingress controller may be empty for the moments of a rollout.'],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const empty = targetsOf(readings).filter((target) => target.members.length === 0);
  const verdicts = [
    ...empty.map((target) => judgeTarget(readings, target)).filter((verdict) => verdict !== undefined),
    ...(readings.backendHealth ? [] : judgeConfigured(readings)),
  ];
  return verdicts.length > 0 ? verdicts : [judgeNoneEmpty(readings)];
}

function judgeTarget(readings: Readings, target: Target): Verdict | undefined {
  // A pool that no rule routes to gets no requests; its emptiness explains nothing.
  if (target.inUse === false) return undefined;
  const { pool, setting, poolConfig } = target;
  const scope = { ...gatewayScope(readings), pool, setting };
  const seen: Citation = {
    evidence: 'backend-health',
    quote: '"servers": []',
    says: `Backend health lists no server for pool ${pool} with setting ${setting}.`,
  };
  const fix = fixFor(readings, pool);
  const isConfiguredEmpty = poolConfig?.addresses.length === 0 && poolConfig.nicIpConfigurationIds.length === 0;
  if (isConfiguredEmpty && CONTROLLER_DEFAULT.test(pool) && !isOnlyWay(readings, pool)) {
    const says = `${pool} is where an ingress controller sends what no ingress claims; it is empty by design.`;
    const byDesign: Citation = { evidence: 'gateway', quote: '"backendAddresses": []', says };
    return { cause: id, verdict: 'possible', scope, because: [seen, byDesign], missing: [ingressRead], fix };
  }
  if (target.inUse && isConfiguredEmpty && !CONTROLLER_DEFAULT.test(pool)) {
    const configured: Citation = {
      evidence: 'gateway',
      quote: '"backendAddresses": []',
      says: `The configuration of pool ${pool} holds no address and no network interface, and a rule routes to it.`,
    };
    return { cause: id, verdict: 'confirmed', scope, because: [seen, configured], missing: [], fix, weight: 2 };
  }
  if (poolConfig && !isConfiguredEmpty) {
    const configured: Citation = {
      evidence: 'gateway',
      quote: [...poolConfig.addresses, ...poolConfig.nicIpConfigurationIds].slice(0, 3).join(', '),
      says: `The configuration of pool ${pool} does hold members, so backend health may not have caught up.`,
    };
    return {
      cause: id,
      verdict: 'possible',
      scope,
      because: [seen, configured],
      missing: [backendHealthRead(readings)],
      fix,
    };
  }
  // An ingress controller's last resort is empty because nothing was written beside it, which has a reason of its own.
  if (poolConfig) return { cause: id, verdict: 'likely', scope, because: [seen], missing: [ingressRead], fix };
  return { cause: id, verdict: 'likely', scope, because: [seen], missing: [gatewayRead(readings)], fix, weight: 2 };
}

/** Whether the gateway has no other pool to send requests to: then its last resort is its only one. */
function isOnlyWay({ gateway }: Readings, pool: string): boolean {
  const routed = gateway?.routes.filter((route) => route.pool !== undefined) ?? [];
  return routed.length > 0 && routed.every((route) => sameName(route.pool ?? '', pool));
}

/**
 * The configuration alone, before backend health was read. A shortened copy of it can leave addresses out, so something
 * has to show that this one has them: another pool that lists its own, or requests that found no live member here.
 */
function judgeConfigured(readings: Readings): readonly Verdict[] {
  const { gateway } = readings;
  if (!gateway) return [];
  const isEmpty = ({ addresses, nicIpConfigurationIds }: BackendPool) =>
    addresses.length === 0 && nicIpConfigurationIds.length === 0;
  const isWhole = gateway.pools.some((pool) => !isEmpty(pool));
  return gateway.pools.filter(isEmpty).flatMap((pool): Verdict[] => {
    const isDefault = CONTROLLER_DEFAULT.test(pool.name) && !isOnlyWay(readings, pool.name);
    if (routesTo(gateway, pool.name).length === 0 || isDefault) return [];
    const groups = trafficOf(readings, { pool: pool.name });
    const unserved = groups.filter(foundNoMember);
    const isServing = groups.some(isServed);
    const configured: Citation = {
      evidence: 'gateway',
      quote: '"backendAddresses": []',
      says: `The configuration of pool ${pool.name} shows no address and no network interface, and a rule routes to it.`,
    };
    const missed = citeRequests(unserved, groups, `error_info ${NO_LIVE}`, 'The gateway found no live member here.');
    const isLikely = !isServing && (isWhole || unserved.length > 0);
    return [
      {
        cause: id,
        verdict: isLikely ? 'likely' : 'possible',
        scope: { ...gatewayScope(readings), pool: pool.name },
        because: [configured, ...(unserved.length > 0 ? [missed] : [])],
        missing: [backendHealthRead(readings)],
        fix: fixFor(readings, pool.name),
        ...(isLikely ? { weight: 1 + (unserved.length > 0 ? 1 : 0) } : {}),
      },
    ];
  });
}

const NO_LIVE = 'ERRORINFO_UPSTREAM_NO_LIVE';

/** The name that the Application Gateway Ingress Controller gives to the pool of last resort. */
const CONTROLLER_DEFAULT = /^defaultaddresspool$/i;

const ingressRead: MissingRead = {
  read: 'The ingress rules of the cluster: whether one claims the failing host and path.',
  command: 'kubectl get ingress -A',
};

function judgeNoneEmpty(readings: Readings): Verdict {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  if (!wasRead(readings.evidence, 'backend-health')) {
    return { ...base, verdict: 'inconclusive', because: [], missing: [backendHealthRead(readings)] };
  }
  const filled = targetsOf(readings).filter((target) => target.members.length > 0);
  const first = filled[0];
  const unused = targetsOf(readings).find((target) => target.members.length === 0);
  if (!first && !unused) {
    const because = [
      { evidence: 'backend-health', quote: '"backendAddressPools": []', says: 'Backend health shows no pool.' },
    ];
    return { ...base, verdict: 'inconclusive', because, missing: [gatewayRead(readings)] };
  }
  const because: Citation[] = [];
  if (first) {
    because.push({
      evidence: 'backend-health',
      quote: first.members[0]?.address ?? '',
      says: `Every pool that backend health shows and a rule routes to has members, such as this one of ${first.pool}.`,
    });
  }
  if (unused) {
    const routes = readings.gateway ? routesTo(readings.gateway, unused.pool).length : 0;
    because.push({
      evidence: 'gateway',
      quote: `${routes} rules route to ${unused.pool}`,
      says: `Pool ${unused.pool} is empty, but gets no requests.`,
    });
  }
  return { ...base, verdict: 'ruled-out', because, missing: [] };
}

function fixFor(readings: Readings, pool: string): Verdict['fix'] {
  return [
    {
      text: `Put the members back into pool ${pool}; where a scale set or a cluster fills it, repair that instead.`,
      command: azPart(readings, ['address-pool', 'update'], '--name', pool, '--servers', '<address-1>', '<address-2>'),
      undo: azPart(readings, ['address-pool', 'update'], '--name', pool, '--set', 'backendAddresses=[]'),
    },
  ];
}
