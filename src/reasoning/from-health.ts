import { isFailing, type Member, type Observation, quoteOf } from '../core/backend-health.ts';
import { wasRead } from '../core/evidence.ts';
import type { Readings } from '../core/readings.ts';
import { backendHealthRead } from '../core/reads.ts';
import { gatewayScope, type Target, targetsOf } from '../core/targets.ts';
import type { Citation, Verdict } from '../core/verdict.ts';

/** What the rules that live off backend health have in common: finding their sign, and saying that it is not there. */

export interface Sighting {
  readonly target: Target;
  /** The members of the target that show the sign; never empty. */
  readonly members: readonly Member[];
  /** The members of the same target that answer the probe as they should. */
  readonly healthy: readonly Member[];
}

/** The targets of which at least one member shows the sign, with those members. */
export function sightings(
  readings: Readings,
  shows: (observed: Observation, member: Member) => boolean,
): readonly Sighting[] {
  return targetsOf(readings).flatMap((target) => {
    const members = target.members.filter((member) => shows(member.observed, member));
    if (members.length === 0) return [];
    const healthy = target.members.filter(
      (member) => member.health === 'healthy' && member.observed.kind === 'answered',
    );
    return [{ target, members, healthy }];
  });
}

/** Quotes a member's own reading. */
export function citeMember(member: Member, says: string): Citation {
  return { evidence: 'backend-health', quote: quoteOf(member), says };
}

/**
 * The verdict of a rule whose sign backend health does not show: ruled out by what was seen instead, or inconclusive
 * where backend health was not read or says nothing legible.
 */
export function notSeenInHealth(readings: Readings, cause: string): Verdict {
  const base = { cause, scope: gatewayScope(readings), missing: [], fix: [] };
  const members = targetsOf(readings).flatMap((target) => target.members);
  const telling = members.filter(isTelling);
  const instead = telling.find((member) => isFailing(member)) ?? telling[0];
  if (!wasRead(readings.evidence, 'backend-health') || instead === undefined) {
    return { ...base, verdict: 'inconclusive', because: [], missing: [backendHealthRead(readings)] };
  }
  const illegible = members.length - telling.length;
  if (illegible > 0 && members.some((member) => isFailing(member) && !isTelling(member))) {
    return {
      ...base,
      verdict: 'inconclusive',
      because: [
        citeMember(instead, `${illegible} of ${members.length} members carry no legible reason; this one does.`),
      ],
      missing: [backendHealthRead(readings)],
    };
  }
  const says = isFailing(instead)
    ? `Backend health gives another reason for ${instead.address}.`
    : `Backend health shows no such failure: ${instead.address} answers the probe.`;
  return { ...base, verdict: 'ruled-out', because: [citeMember(instead, says)] };
}

function isTelling({ observed }: Member): boolean {
  return !['not-retrievable', 'silent', 'unclassified'].includes(observed.kind);
}
