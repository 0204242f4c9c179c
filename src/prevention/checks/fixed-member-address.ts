import { azPart } from '../../core/az.ts';
import type { BackendPool } from '../../core/gateway.ts';
import { sameName } from '../../core/resource-id.ts';
import type { Citation, FixStep } from '../../core/verdict.ts';
import { citeOwner, describeOwner, isOfCluster, ownersOf, ownersRead } from '../../reasoning/address-owners.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { isOwnAddress } from '../../reasoning/gateway-network.ts';
import { controllerSigns } from '../../reasoning/kubernetes-signs.ts';
import {
  citeInterface,
  interfacesRead,
  interfacesWith,
  interfaceWith,
  isPrivateAddress,
  isScaleSetInstance,
  neighboursOf,
  resourceName,
} from '../../reasoning/member-interfaces.ts';
import { type AuditReadings, type Check, type Finding, type Judgement, together } from '../check.ts';
import { citeGateway, costOfPool, isHealthy, scopeIn, usedPools, withGateway } from '../in-use.ts';

export const fixedMemberAddress = {
  id: 'fixed-member-address',
  title: 'A pool lists addresses that their owner can change',
  costsUpTo: 'outage',
  prevents: ['stale-pool-member', 'backend-name-wrong-address', 'ingress-controller-lag', 'empty-pool'],
  reads: ['gateway', 'nics', 'address-owners', 'virtual-network', 'backend-health'],
  meaning:
    'The pool lists an address by hand, and whoever has it gets a new one when it is made anew: an instance of a scale set, ' +
    'a private endpoint, the load balancer of a cluster. The pool keeps the old address and the gateway asks nobody.',
  blindSpots: [
    'The address of a single machine stays with its network interface, so it is not named here.',
    'Addresses of pods and of other subscriptions belong to nothing that can be listed.',
  ],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, () => together(usedPools(readings).map((pool) => judgePool(readings, pool))));
}

/** An owner of one kind, and the addresses of the pool that it has. */
interface Owned {
  readonly address: string;
  readonly kind: 'scale-set' | 'private-endpoint' | 'cluster' | 'nobody';
  readonly citation: Citation;
}

function judgePool(readings: AuditReadings, pool: BackendPool): Judgement {
  // An ingress controller writes addresses of pods as they come and go: that is the opposite of a fixed address.
  if (controllerSigns(readings, { pool: pool.name }, 'gateway').length > 0) return { findings: [], notJudged: [] };
  const addresses = pool.addresses.filter((address) => isIpAddress(address) && isPrivateAddress(address));
  if (addresses.length === 0) return { findings: [], notJudged: [] };
  const owned = addresses.flatMap((address) => ownerOf(readings, pool, address) ?? []);
  const findings = [...Map.groupBy(owned, ({ kind }) => kind)].map(([kind, all]) =>
    findingFor(readings, pool, kind, all),
  );
  const open = addresses.filter(
    (address) => interfacesWith(readings, address).length === 0 && ownersOf(readings, address).length === 0,
  );
  const isOpen = open.some((address) => !owned.some((one) => one.address === address));
  const reads = isOpen
    ? [
        ...(wasAsked(readings, 'nics') ? [] : interfacesRead('Which machine has which address of the pools.')),
        ...(wasAsked(readings, 'address-owners')
          ? []
          : [ownersRead('Which load balancer or app has which address of the pools.')]),
      ]
    : [];
  return { findings, notJudged: reads };
}

function ownerOf(readings: AuditReadings, pool: BackendPool, address: string): Owned | undefined {
  const nic = interfaceWith(readings, address);
  if (nic && isScaleSetInstance(nic)) {
    const says = `${address} is the address of an instance of a scale set, which gets another one when it is made anew.`;
    return { address, kind: 'scale-set', citation: citeInterface(nic, says) };
  }
  if (nic?.privateEndpointId !== undefined) {
    const says = `${address} is the address of the private endpoint ${resourceName(nic.privateEndpointId)}.`;
    return { address, kind: 'private-endpoint', citation: citeInterface(nic, says) };
  }
  const cluster = ownersOf(readings, address).find(isOfCluster);
  if (cluster) {
    const says = `${address} is an address of ${describeOwner(cluster)}, which gives it to a service for as long as that lives.`;
    return { address, kind: 'cluster', citation: citeOwner(cluster, says) };
  }
  return isNobodys(readings, pool, address)
    ? {
        address,
        kind: 'nobody',
        citation: {
          evidence: 'nics',
          quote: `no network interface with ${address}`,
          says: `Interfaces around ${address} were read, and none has this address.`,
        },
      }
    : undefined;
}

/**
 * Whether nobody has an address: lists leave out what the caller may not read, so its range has to be the gateway's own
 * network, others of it have to be listed, and the gateway itself must not reach anybody there.
 */
function isNobodys(readings: AuditReadings, pool: BackendPool, address: string): boolean {
  const nics = readings.evidence.find(({ name }) => name === 'nics');
  if (nics?.state !== 'ok' || nics.reason !== undefined) return false;
  if (!wasAsked(readings, 'address-owners')) return false;
  if (interfacesWith(readings, address).length > 0 || ownersOf(readings, address).length > 0) return false;
  if (!isOwnAddress(readings, address) || neighboursOf(readings, address).length === 0) return false;
  const seen = (readings.backendHealth?.targets ?? [])
    .filter((target) => sameName(target.pool, pool.name))
    .flatMap(({ members }) => members.filter((member) => member.address === address));
  return seen.length > 0 && seen.every(({ health }) => health === 'unhealthy') && !isHealthy(seen);
}

function wasAsked({ evidence }: AuditReadings, name: string): boolean {
  return evidence.some((item) => item.name === name && (item.state === 'ok' || item.state === 'empty'));
}

const WORDS: Readonly<Record<Owned['kind'], { readonly says: string; readonly fix: string }>> = {
  'scale-set': {
    says: 'lists addresses of scale-set instances by hand',
    fix: 'Let the scale set join the pool itself: name the pool in the network profile of its model, and take the addresses out.',
  },
  'private-endpoint': {
    says: 'lists the address of a private endpoint instead of its name',
    fix: 'Put the name of the service into the pool, and link its private DNS zone to the network of the gateway.',
  },
  cluster: {
    says: 'lists the address of a service in a cluster',
    fix: 'Give the service a fixed address of its own in its manifest, so that it is the same after it is made anew.',
  },
  nobody: {
    says: 'lists addresses that nobody has',
    fix: 'Find out what took the place of these members, and fill the pool in the deployment that makes them.',
  },
};

function findingFor(readings: AuditReadings, pool: BackendPool, kind: Owned['kind'], owned: readonly Owned[]): Finding {
  const addresses = owned.map(({ address }) => address);
  const isWhole = addresses.length === pool.addresses.length && pool.nicIpConfigurationIds.length === 0;
  const isGone = kind === 'nobody';
  return {
    // A service of a cluster can have been given a fixed address, which nobody but the cluster knows.
    cost: kind === 'cluster' ? 'hygiene' : isWhole ? costOfPool(readings, pool.name) : 'requests',
    nearness: isGone ? 'now' : 'someday',
    scope: scopeIn(readings, { pool: pool.name, members: addresses }),
    says: `Pool ${pool.name} ${WORDS[kind].says}: ${listed(addresses)}.`,
    because: [
      citeGateway(`"ipAddress": "${addresses[0]}"`, `Pool ${pool.name} lists this address.`),
      ...owned.slice(0, 3).map(({ citation }) => citation),
    ],
    fix: [fixFor(readings, pool, kind)],
  };
}

function fixFor(readings: AuditReadings, { name, addresses }: BackendPool, kind: Owned['kind']): FixStep {
  if (kind === 'cluster') return { text: WORDS[kind].fix };
  const update = (servers: readonly string[]) =>
    azPart(readings, ['address-pool', 'update'], '--name', name, '--servers', ...servers);
  const instead = kind === 'private-endpoint' ? '<name of the service>' : '<address>';
  if (kind === 'scale-set') return { text: WORDS[kind].fix };
  return { text: WORDS[kind].fix, command: update([instead]), undo: update(addresses) };
}

function listed(addresses: readonly string[]): string {
  const shown = addresses.slice(0, 4).join(', ');
  return addresses.length > 4 ? `${shown} and ${addresses.length - 4} more` : shown;
}
