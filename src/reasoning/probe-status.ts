import type { Member } from '../core/backend-health.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import { scopeOf, type Target, targetsOf } from '../core/targets.ts';
import type { Citation, Scope, Verdict } from '../core/verdict.ts';
import { citeMember, notSeenInHealth, type Sighting, sightings } from './from-health.ts';
import { accepts, type ProbeRequest, probeHostOf, probeRead, probeRequestOf, sameEndpoint } from './probe-request.ts';

/** What the rules share that live off the status code which a probe received. */

export interface StatusSighting extends Sighting {
  readonly status: number;
  /** The first of the members: the one to quote and to ask. */
  readonly example: Member;
}

/** The members whose probe received a status of the given kind, by target and status. */
export function statusSightings(readings: Readings, isOfKind: (status: number) => boolean): readonly StatusSighting[] {
  return sightings(readings, (observed) => observed.kind === 'status-mismatch').flatMap((sighting) => {
    const statuses = new Set(sighting.members.flatMap((member) => receivedBy(member) ?? []));
    return [...statuses].filter(isOfKind).flatMap((status) => {
      const members = sighting.members.filter((member) => receivedBy(member) === status);
      const [example] = members;
      return example ? [{ ...sighting, members, status, example }] : [];
    });
  });
}

function receivedBy({ observed }: Member): number | undefined {
  return observed.kind === 'status-mismatch' ? observed.received : undefined;
}

/** The target, and its members where only some of them show the sign. */
export function scopeOfSighting(readings: Readings, { target, members }: Sighting): Scope {
  return scopeOf(readings, target, members.length < target.members.length ? members : undefined);
}

export function citeStatus({ target, members, status, example }: StatusSighting): Citation {
  return citeMember(
    example,
    `${members.length} of ${target.members.length} members of ${target.pool} answer the probe of ${target.setting} with ${status}.`,
  );
}

/** A member that passes the same probe: what all members share, such as path, host and accepted range, suits it. */
export function citeHealthySibling({ healthy, example }: StatusSighting): readonly Citation[] {
  const [sibling] = healthy;
  return sibling
    ? [citeMember(sibling, `${sibling.address} passes the same probe, so ${example.address} differs, not the probe.`)]
    : [];
}

export interface AcceptedRange {
  readonly codes: readonly string[];
  readonly holds: boolean | undefined;
  readonly citation: Citation;
}

/**
 * The accepted range and whether it holds the status. The service's own text goes before the configuration, because it
 * names the range that the probe was judged by.
 */
export function acceptedRange({ target, example, status }: StatusSighting): AcceptedRange | undefined {
  const { observed } = example;
  if (observed.kind === 'status-mismatch' && observed.accepted !== undefined) {
    const codes = [observed.accepted];
    return {
      codes,
      holds: accepts(codes, status),
      citation: citeMember(example, `The probe accepts ${observed.accepted} and received ${status}.`),
    };
  }
  const request = probeRequestOf(target);
  if (!request) return undefined;
  const holds = accepts(request.accepted, status);
  const isDefault = target.probe === undefined || target.probe.acceptedStatusCodes.length === 0;
  const says = `The probe accepts ${request.accepted.join(', ')}${isDefault ? ', the default' : ''}; ${status} is ${holds ? 'among' : 'not among'} these codes.`;
  const quote = isDefault
    ? `no "statusCodes" for the probe of ${target.setting}`
    : `"statusCodes": ${JSON.stringify(request.accepted)}`;
  return { codes: request.accepted, holds, citation: { evidence: 'gateway', quote, says } };
}

/** Another probe of the gateway that reaches the same member at the same protocol and port, and is answered with 2xx. */
export interface OtherProbe {
  readonly target: Target;
  readonly member: Member;
  readonly request: ProbeRequest;
  readonly host?: string;
}

export function answeredProbes(readings: Readings, of: Target, member: Member): readonly OtherProbe[] {
  const own = probeRequestOf(of);
  if (!own) return [];
  return targetsOf(readings).flatMap((target) => {
    const request = probeRequestOf(target);
    if (!request || !sameEndpoint(own, request)) return [];
    return target.members
      .filter((candidate) => sameName(candidate.address, member.address) && isAnswered2xx(candidate))
      .map((candidate) => ({ target, member: candidate, request, host: probeHostOf(target, candidate) }));
  });
}

function isAnswered2xx({ health, observed }: Member): boolean {
  const status = observed.kind === 'answered' ? observed.status : undefined;
  return health === 'healthy' && status !== undefined && status >= 200 && status <= 299;
}

/** Quotes the other probe's answer and how that probe differs. */
export function citeOtherProbe({ target, member, request, host }: OtherProbe): readonly Citation[] {
  const asked = `${request.path}${host === undefined ? '' : ` with Host ${host}`}`;
  return [
    citeMember(member, `The same member answers the probe of setting ${target.setting}, which asks for ${asked}.`),
    {
      evidence: 'gateway',
      quote: request.probeName === undefined ? `no "probe" in ${target.setting}` : `"path": "${request.path}"`,
      says: `Setting ${target.setting} probes the same port and protocol.`,
    },
  ];
}

/** The verdict where no member shows the status: not ruled out while some status is not legible. */
export function notSeenInStatus(readings: Readings, cause: string): Verdict {
  const [illegible] = sightings(readings, (observed) => observed.kind === 'status-mismatch').flatMap(
    ({ target, members }) =>
      members.filter((member) => receivedBy(member) === undefined).map((member) => ({ target, member })),
  );
  if (!illegible) return notSeenInHealth(readings, cause);
  const { target, member } = illegible;
  return {
    cause,
    verdict: 'inconclusive',
    scope: scopeOf(readings, target),
    because: [
      citeMember(member, 'The probe received a status that it does not accept, and the text does not name it.'),
    ],
    missing: [probeRead(target, member, `The status that ${member.address} answers to the probe's request.`)],
    fix: [],
  };
}

/** A note where the configuration has come to accept what the probe was refused for: it may be newer than the health. */
export function citeRangeChanged({ target, status }: StatusSighting): readonly Citation[] {
  const request = probeRequestOf(target);
  if (!request || accepts(request.accepted, status) !== true) return [];
  return [
    {
      evidence: 'gateway',
      quote: request.accepted.join(', '),
      says: `The configuration, as read, does accept ${status}; backend health may be older than it.`,
    },
  ];
}
