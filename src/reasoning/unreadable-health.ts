import type { Member } from '../core/backend-health.ts';
import type { Readings } from '../core/readings.ts';
import { targetsOf } from '../core/targets.ts';
import { isGatewayError, requestsIn } from '../core/traffic.ts';
import { isServed } from './from-access-log.ts';

/** Health that no member shows: the sign of a broken management path, of DNS, or of a gateway that is only just up. */

/** The members, where the service could retrieve the health of none of them; empty otherwise. */
export function membersWithoutHealth(readings: Readings): readonly Member[] {
  const members = targetsOf(readings).flatMap((target) => target.members);
  const isBlank = ({ health, observed }: Member) =>
    observed.kind === 'not-retrievable' || (health === 'unknown' && observed.kind === 'silent');
  return members.every(isBlank) && members.some(({ observed }) => observed.kind === 'not-retrievable') ? members : [];
}

/** Whether requests are answered by backends all the same, so that nothing keeps the gateway from them. */
export function isTrafficFlowing({ traffic }: Readings): boolean {
  const groups = traffic?.groups ?? [];
  // A twentieth is what a gateway may fail for reasons of its own without being broken.
  return (
    requestsIn(groups.filter(isServed)) >= 20 && requestsIn(groups.filter(isGatewayError)) * 20 <= requestsIn(groups)
  );
}
