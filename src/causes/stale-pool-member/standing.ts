import type { Member } from '../../core/backend-health.ts';
import type { NetworkInterface } from '../../core/network.ts';
import type { Readings } from '../../core/readings.ts';
import { sameName } from '../../core/resource-id.ts';
import { type Target, targetsOf } from '../../core/targets.ts';
import { succeeded, type TimedEvent, timedEvents } from '../../reasoning/from-activity-log.ts';
import { interfacesWith, isWithin, neighboursOf } from '../../reasoning/member-interfaces.ts';
import { observationsOfMember, portsOf } from '../../reasoning/probed-ports.ts';

/**
 * What is known of the owner of a member's address. `orphan`: its range was read, and no interface in it has the address.
 * `ownerless`: an interface has it that is attached to nothing.
 */
export type Standing = 'owned' | 'ownerless' | 'answering' | 'orphan' | 'unknown';

export function standingOf(readings: Readings, member: Member): Standing {
  const nics = interfacesWith(readings, member.address);
  if (nics.some(({ machineId, privateEndpointId }) => machineId !== undefined || privateEndpointId !== undefined))
    return 'owned';
  if (nics.length > 0) return 'ownerless';
  if (neighboursOf(readings, member.address).length > 0) return 'orphan';
  const ports = portsOf(observationsOfMember(readings, member));
  return ports.some(({ state }) => state === 'open' || state === 'refused') ? 'answering' : 'unknown';
}

/** Interfaces of machines beside the orphans that no pool of this gateway holds: where the backends may be now. */
export function newcomers(readings: Readings, target: Target, orphans: readonly Member[]): readonly NetworkInterface[] {
  const pooled = [
    ...targetsOf(readings).flatMap(({ members }) => members.map((member) => member.address)),
    ...(readings.gateway?.pools.flatMap((pool) => pool.addresses) ?? []),
    ...target.members.map((member) => member.address),
  ];
  const beside = orphans.flatMap(({ address }) => neighboursOf(readings, address));
  return [...new Map(beside.map((nic) => [nic.id.toLowerCase(), nic])).values()]
    .filter(({ machineId }) => machineId !== undefined)
    .filter(({ addresses }) => !addresses.some((address) => pooled.some((own) => sameName(own, address))))
    .toSorted((left, right) => (left.id.toLowerCase() < right.id.toLowerCase() ? -1 : 1));
}

const DELETION =
  /^microsoft\.(compute\/virtualmachines|compute\/virtualmachinescalesets(\/virtualmachines)?|network\/networkinterfaces)\/delete(\/action)?$/i;

/** Machines, scale sets, their instances and interfaces that were deleted. */
export function deletions(readings: Readings): readonly TimedEvent[] {
  return timedEvents(readings).filter((event) => DELETION.test(event.operation) && succeeded(event));
}

export interface Rebuilt {
  readonly event: TimedEvent;
  readonly nic: NetworkInterface;
}

/**
 * A newcomer that carries the very id of something that was deleted, or lives in it: the machine or the scale set was made
 * anew, and has another address now. Instances of a set that were deleted one by one are replaced under other numbers.
 */
export function isRebuilt(readings: Readings, others: readonly NetworkInterface[]): Rebuilt | undefined {
  for (const event of deletions(readings).toReversed()) {
    const set = event.resourceId.replace(/\/virtualMachines\/[^/]+$/i, (part, at: number) =>
      /\/virtualMachineScaleSets\/[^/]+$/i.test(event.resourceId.slice(0, at)) ? '' : part,
    );
    const nic = others.find(({ id, machineId }) => isWithin(id, set) || isWithin(machineId ?? '', set));
    if (nic) return { event, nic };
  }
  return undefined;
}
