import { isFailing, type Member, quoteOf } from '../core/backend-health.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import { scopeOf, type Target, targetsOf } from '../core/targets.ts';
import type { Citation, Scope, Verdict } from '../core/verdict.ts';
import { citeMember, notSeenInHealth, type Sighting, sightings } from './from-health.ts';
import {
  accepts,
  type ProbeRequest,
  probeHostOf,
  probeRead,
  probeRequestOf,
  sameEndpoint,
  testProbeRead,
} from './probe-request.ts';
import { statusAsked } from './tried-on-demand.ts';

/** What the rules share that live off the status code which a probe received. */

export interface StatusSighting extends Sighting {
  readonly status: number;
  /** The first of the members: the one to quote and to ask. */
  readonly example: Member;
  /** What the example answered to the gateway's own test, where backend health does not name the status. */
  readonly shown?: Member;
}

/** The members whose probe received a status of the given kind, by target and status. */
export function statusSightings(readings: Readings, isOfKind: (status: number) => boolean): readonly StatusSighting[] {
  return sightings(readings, () => true).flatMap((sighting) => {
    const { target } = sighting;
    const received = sighting.members.flatMap((member) => {
      const one = receivedBy(readings, target, member);
      return one ? [{ ...one, member }] : [];
    });
    const statuses = new Set(received.map(({ status }) => status));
    return [...statuses].filter(isOfKind).flatMap((status): readonly StatusSighting[] => {
      const all = received.filter((one) => one.status === status);
      // What backend health says itself is quoted before what a test has added.
      const example = all.find(({ shown }) => shown === undefined) ?? all[0];
      const { member, shown } = example ?? {};
      const members = all.map((one) => one.member);
      return member ? [{ ...sighting, members, status, example: member, ...(shown ? { shown } : {}) }] : [];
    });
  });
}

/**
 * The status that a member's probe received: by backend health, or where that gives no status, by a test of the gateway's
 * own that accepts any, as far as the probe does not accept what it was answered.
 */
function receivedBy(
  readings: Readings,
  target: Target,
  member: Member,
): { readonly status: number; readonly shown?: Member } | undefined {
  const { observed } = member;
  if (observed.kind === 'status-mismatch' && observed.received !== undefined) return { status: observed.received };
  if (!isUntold(member)) return undefined;
  const asked = statusAsked(readings, target, member);
  const request = probeRequestOf(target);
  return asked && request && accepts(request.accepted, asked.status) === false ? asked : undefined;
}

/** Whether a member fails and backend health does not say with which status: no reason at all, or one without a number. */
function isUntold(member: Member): boolean {
  const { observed } = member;
  if (observed.kind === 'status-mismatch') return observed.received === undefined;
  return isFailing(member) && (observed.kind === 'silent' || observed.kind === 'unclassified');
}

/** The target, and its members where only some of them show the sign. */
export function scopeOfSighting(readings: Readings, { target, members }: Sighting): Scope {
  return scopeOf(readings, target, members.length < target.members.length ? members : undefined);
}

export function citeStatus({ target, members, status, example, shown }: StatusSighting): Citation {
  const says = `${members.length} of ${target.members.length} members of ${target.pool} answer the probe of ${target.setting} with ${status}.`;
  return shown ? { evidence: 'on-demand-health', quote: quoteOf(shown), says } : citeMember(example, says);
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
  const untold = targetsOf(readings).flatMap((target) =>
    target.members.filter(isUntold).map((member) => ({ target, member, asked: receivedBy(readings, target, member) })),
  );
  const illegible = untold.find(({ asked }) => asked === undefined) ?? untold[0];
  if (!illegible) return notSeenInHealth(readings, cause);
  const { target, member, asked } = illegible;
  const scope = scopeOf(readings, target);
  if (asked?.shown) {
    const says = `Backend health does not name the status of ${member.address}; a test tells ${asked.status}.`;
    const quote = quoteOf(asked.shown);
    return {
      ...{ cause, verdict: 'ruled-out', scope, missing: [], fix: [] },
      because: [{ evidence: 'on-demand-health', quote, says }],
    };
  }
  const says =
    member.observed.kind === 'status-mismatch'
      ? 'The probe received a status that it does not accept, and the text does not name it.'
      : `${member.address} fails its probe, and backend health gives no reason that is known.`;
  return {
    cause,
    verdict: 'inconclusive',
    scope,
    because: [citeMember(member, says)],
    missing: [
      ...testProbeRead(
        readings,
        target,
        { changed: 'accepted-range', value: ANY_STATUS },
        `The status that ${member.address} answers to the gateway's own test, which accepts any.`,
      ),
      probeRead(target, member, `The status that ${member.address} answers to the probe's request.`),
    ],
    fix: [],
  };
}

/** Every status that a backend can answer with. */
export const ANY_STATUS = '100-599';

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
