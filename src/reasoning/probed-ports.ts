import type { Member } from '../core/backend-health.ts';
import type { PortObservation, ProbeObservation } from '../core/prober.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import type { Citation } from '../core/verdict.ts';

/** What our own prober met below HTTP: which addresses a name has, and which ports of a member answer. */

/** Everything the prober saw of a member, through whichever backend setting. */
export function observationsOfMember(
  { probeResults }: Readings,
  { address }: Pick<Member, 'address'>,
): readonly ProbeObservation[] {
  return (probeResults?.observations ?? []).filter((seen) => sameName(seen.member, address));
}

/** The ports of some observations, each once. A port that was open in one of them is open. */
export function portsOf(observations: readonly ProbeObservation[]): readonly PortObservation[] {
  const byPort = new Map<number, PortObservation>();
  for (const seen of observations.flatMap(({ ports }) => ports)) {
    const known = byPort.get(seen.port);
    if (!known || (known.state !== 'open' && seen.state === 'open')) byPort.set(seen.port, seen);
  }
  return [...byPort.values()].toSorted((left, right) => left.port - right.port);
}

/** Quotes ports as they were met: `80 open, 8080 refused`. */
export function citePorts(ports: readonly PortObservation[], says: string): Citation {
  const quote = ports
    .slice(0, 12)
    .map(({ port, state }) => `${port} ${state}`)
    .join(', ');
  return { evidence: 'probe-results', quote, says };
}

/** Quotes the addresses that a name resolved to, or the error. */
export function citeResolution({ resolution }: ProbeObservation, says: string): Citation {
  const { addresses = [], error } = resolution ?? {};
  const quote = addresses.length > 0 ? addresses.slice(0, 4).join(', ') : (error ?? '"addresses": []');
  return { evidence: 'probe-results', quote: quote.slice(0, 160), says };
}

/**
 * Whether the DNS of the virtual network knows no address for the name; undefined where it was not asked, or gave no
 * answer at all: a server that does not answer the prober may still answer the gateway.
 */
export function failsToResolve({ resolution }: ProbeObservation): boolean | undefined {
  if (resolution === undefined) return undefined;
  if (resolution.addresses.length > 0) return false;
  return resolution.error === undefined || /NOTFOUND|NODATA|NXDOMAIN/i.test(resolution.error) ? true : undefined;
}
