import { azPart } from '../../core/az.ts';
import type { BackendPool } from '../../core/gateway.ts';
import { backendHealthRead } from '../../core/reads.ts';
import { sameName } from '../../core/resource-id.ts';
import { isDefaultPool } from '../../reasoning/kubernetes-signs.ts';
import { type AuditReadings, type Check, found, type Judgement, notJudged, together } from '../check.ts';
import { citeGateway, costOfPool, scopeIn, usedPools, withGateway } from '../in-use.ts';

export const poolWithoutMembers = {
  id: 'pool-without-members',
  title: 'A rule leads to a pool without members',
  costsUpTo: 'outage',
  prevents: ['empty-pool'],
  reads: ['gateway', 'backend-health'],
  meaning:
    'Requests that a rule sends to an empty pool are answered with 502 at once. Often nobody asks for that path yet, so ' +
    'nobody has noticed.',
  blindSpots: [
    'The last resort of an ingress controller is empty by design, and is left out unless it is the only pool.',
  ],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, (gateway) => {
    const used = usedPools(readings);
    const hasMembers = gateway.pools.some((pool) => !isEmpty(pool));
    const judged = used
      .filter((pool) => isEmpty(pool) && (!isDefaultPool(pool.name) || used.length === 1))
      .map((pool) => judgePool(readings, pool, hasMembers));
    return together(judged);
  });
}

function isEmpty({ addresses, nicIpConfigurationIds }: BackendPool): boolean {
  return addresses.length === 0 && nicIpConfigurationIds.length === 0;
}

/** A shortened copy of a configuration can leave addresses out, so something else has to show that this one is whole. */
function judgePool(readings: AuditReadings, pool: BackendPool, hasMembers: boolean): Judgement {
  const seen = readings.backendHealth?.targets.filter((target) => sameName(target.pool, pool.name)) ?? [];
  if (seen.some(({ members }) => members.length > 0)) return found();
  if (seen.length === 0 && !hasMembers) return notJudged(backendHealthRead(readings));
  const health = {
    evidence: 'backend-health',
    quote: '"servers": []',
    says: `Backend health lists no server for ${pool.name}.`,
  };
  return found({
    cost: costOfPool(readings, pool.name),
    nearness: 'now',
    scope: scopeIn(readings, { pool: pool.name }),
    says: `Pool ${pool.name} has no members, and a rule leads to it.`,
    because: [
      citeGateway('"backendAddresses": []', `Pool ${pool.name} holds no address and no network interface.`),
      ...(seen.length > 0 ? [health] : []),
    ],
    fix: [
      {
        text: 'Fill the pool in the deployment that makes its members, or take the rule away.',
        command: azPart(readings, ['address-pool', 'update'], '--name', pool.name, '--servers', '<address>'),
        undo: azPart(readings, ['address-pool', 'update'], '--name', pool.name, '--set', 'backendAddresses=[]'),
      },
    ],
  });
}
