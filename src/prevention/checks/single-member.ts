import { azPart } from '../../core/az.ts';
import type { BackendPool } from '../../core/gateway.ts';
import { ownersOf } from '../../reasoning/address-owners.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import {
  citeInterface,
  interfacesRead,
  interfaceWith,
  isPrivateAddress,
  resourceName,
} from '../../reasoning/member-interfaces.ts';
import { type AuditReadings, type Check, type Finding, found, type Judgement, notJudged, together } from '../check.ts';
import { citeGateway, costOfPool, scopeIn, usedPools, withGateway } from '../in-use.ts';

export const singleMember = {
  id: 'single-member',
  title: 'A pool has one machine only',
  costsUpTo: 'outage',
  prevents: ['single-member-unhealthy', 'backend-stopped', 'backend-recycling', 'backend-not-listening'],
  reads: ['gateway', 'nics', 'address-owners'],
  meaning:
    'With one machine in the pool, each restart, update and scheduled stop of it is an outage of everything behind it: ' +
    'the gateway has nowhere else to send requests to.',
  blindSpots: [
    'A name, a load balancer or an app can stand for many instances; a pool with one of those is not named here.',
    'Several machines of one availability zone are not told apart.',
  ],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, () => together(usedPools(readings).map((pool) => judgePool(readings, pool))));
}

function judgePool(readings: AuditReadings, pool: BackendPool): Judgement {
  const { addresses, nicIpConfigurationIds } = pool;
  const machines = new Set(nicIpConfigurationIds.map((id) => id.toLowerCase().replace(/\/ipconfigurations\/.*$/, '')));
  if (addresses.length + machines.size !== 1) return found();
  const [only] = machines;
  if (only !== undefined) return found(findingFor(readings, pool, only.slice(only.lastIndexOf('/') + 1), []));
  const [address] = addresses;
  if (address === undefined || !isIpAddress(address) || !isPrivateAddress(address)) return found();
  if (ownersOf(readings, address).length > 0) return found();
  const nic = interfaceWith(readings, address);
  // Somebody else than a machine can have the address, so who has it is to be known.
  if (!nic) return notJudged(...interfacesRead(`Whether ${address}, the only member of ${pool.name}, is a machine.`));
  if (nic.machineId === undefined) return found();
  const says = `${address} is the address of one machine.`;
  return found(findingFor(readings, pool, resourceName(nic.machineId), [citeInterface(nic, says)]));
}

function findingFor(
  readings: AuditReadings,
  { name, addresses, nicIpConfigurationIds }: BackendPool,
  machine: string,
  cited: Finding['because'],
): Finding {
  const quote = addresses.length > 0 ? `"backendAddresses": ${addresses[0]}` : '"backendIPConfigurations": 1';
  const [address] = addresses;
  return {
    cost: costOfPool(readings, name),
    nearness: 'someday',
    scope: scopeIn(readings, { pool: name, ...(address === undefined ? {} : { members: [address] }) }),
    says: `Pool ${name} has one member, the machine ${machine}; a restart of it is an outage.`,
    because: [citeGateway(quote, `This is the only member of ${name}.`), ...cited],
    fix: [
      {
        text: 'Add a second machine, in another availability zone, and do not schedule the last one off.',
        ...(nicIpConfigurationIds.length > 0 || address === undefined
          ? {}
          : {
              command: azPart(
                readings,
                ['address-pool', 'update'],
                ...['--name', name, '--servers', address, '<address of the second machine>'],
              ),
              undo: azPart(readings, ['address-pool', 'update'], '--name', name, '--servers', address),
            }),
      },
    ],
  };
}
