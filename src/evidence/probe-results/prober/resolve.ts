import { promises as dns } from 'node:dns';
import type { ProbeObservation } from '../../../core/prober.ts';
import { codeOf } from './connection.ts';

export type Resolution = NonNullable<ProbeObservation['resolution']>;

/** Asks DNS for the addresses of a name. Rejects only when it is aborted. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<Resolution>;

export interface DnsOptions {
  /** The first of the tries; each further one waits longer. */
  readonly timeoutMs?: number;
  readonly tries?: number;
  /** Those of this machine unless given. */
  readonly servers?: readonly string[];
}

const MAX_ADDRESSES = 20;

/**
 * Asks the DNS servers of this machine, which are those of the virtual network that it is integrated in, for IPv4 and
 * IPv6 addresses. The hosts file is passed over: the gateway does not have this machine's.
 */
export async function resolveByDns(
  name: string,
  signal: AbortSignal,
  { timeoutMs = 2_000, tries = 2, servers }: DnsOptions = {},
): ReturnType<Resolve> {
  signal.throwIfAborted();
  const resolver = new dns.Resolver({ timeout: timeoutMs, tries });
  if (servers) resolver.setServers(servers);
  const onAbort = () => resolver.cancel();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    signal.throwIfAborted();
    const addresses = [v4, v6].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return { addresses: addresses.slice(0, MAX_ADDRESSES) };
    // A name that has no IPv6 address says so for every name there is, so the answer for IPv4 counts.
    return { addresses: [], error: codeOf(v4.status === 'rejected' ? v4.reason : undefined) };
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
