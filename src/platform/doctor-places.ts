import { lookup } from 'node:dns/promises';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConfiguredSink, Place, Read } from '../doctor/check.ts';
import { sinks } from '../sinks/index.ts';
import type { Environment } from './settings.ts';

/** How long a name, a connection and its handshake may take together. */
const TIMEOUT_MS = 8_000;

/** How Functions takes a secret from a Key Vault; only the app itself gets to see what stands there. */
const REFERENCE = /^\s*@Microsoft\.KeyVault\(/i;

/** The sinks that are configured, or meant to be, each with the hosts that it sends to. */
export function configuredSinks(settings: Environment): readonly ConfiguredSink[] {
  return sinks.flatMap((sink): readonly ConfiguredSink[] => {
    const { name, title } = sink;
    const isElsewhere = sink.settings.some((setting) => REFERENCE.test(settings[setting.name] ?? ''));
    if (isElsewhere) return [{ name, title, problem: '@Microsoft.KeyVault', places: [] }];
    try {
      const config = sink.configure(settings);
      return config === undefined ? [] : [{ name, title, places: placesIn(config) }];
    } catch (error) {
      const problem = error instanceof Error ? error.message.replace(/\.$/, '') : 'its settings are not usable';
      return [{ name, title, problem, places: [] }];
    }
  });
}

/** Event Hubs speaks AMQP over TLS here. */
const AMQPS = 5671;

/** The hosts in a sink's configuration, wherever in it they stand: URLs, a namespace, a connection string. */
function placesIn(config: unknown, depth = 0): readonly Place[] {
  if (typeof config === 'string') return placeOf(config);
  if (typeof config !== 'object' || config === null || depth > 3) return [];
  const namespace = 'namespace' in config && typeof config.namespace === 'string' ? config.namespace : undefined;
  const found = [
    ...(namespace === undefined ? [] : [{ host: namespace, port: AMQPS, isTls: true }]),
    ...Object.values(config).flatMap((value) => placesIn(value, depth + 1)),
  ];
  return [...new Map(found.map((place) => [`${place.host}:${place.port}`, place])).values()];
}

function placeOf(text: string): readonly Place[] {
  const endpoint = /^Endpoint=sb:\/\/([^/:;]+)(?::(\d+))?/i.exec(text);
  if (endpoint) {
    const isPlain = /UseDevelopmentEmulator=true/i.test(text);
    const port = Number(endpoint[2] ?? (isPlain ? 5672 : AMQPS));
    return [{ host: endpoint[1] ?? '', port, isTls: !isPlain }];
  }
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return [];
  const { protocol, hostname, port } = new URL(text);
  const isTls = protocol === 'https:';
  return [{ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (isTls ? 443 : 80), isTls }];
}

/** Resolves, connects and shakes hands; sends nothing. Never rejects. */
export async function reachPlace(
  { host, port, isTls }: Place,
  { timeoutMs = TIMEOUT_MS, ca }: { readonly timeoutMs?: number; readonly ca?: string } = {},
): Promise<Read<'reached'>> {
  try {
    await within(timeoutMs, lookup(host));
  } catch (error) {
    return {
      state: 'unread',
      reason: codeOf(error) === 'TIMEOUT' ? 'its name was not resolved in time' : 'its name does not resolve',
    };
  }
  const { promise, resolve } = Promise.withResolvers<Read<'reached'>>();
  const options = { host, port, ...(isTls && !/^[\d.:a-f]+$/i.test(host) ? { servername: host } : {}) };
  const socket = isTls ? connectTls({ ...options, ...(ca === undefined ? {} : { ca }) }) : connectTcp(options);
  socket.setTimeout(timeoutMs, () => resolve({ state: 'unread', reason: 'no connection in time' }));
  socket.once(isTls ? 'secureConnect' : 'connect', () => resolve({ state: 'read', value: 'reached' }));
  socket.once('error', (error) => resolve({ state: 'unread', reason: reasonOfConnection(error) }));
  try {
    return await promise;
  } finally {
    // The error of a socket that is thrown away is nobody's.
    socket.on('error', () => {});
    socket.destroy();
  }
}

function reasonOfConnection(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'the connection is refused';
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') return 'there is no route to it';
  if (code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/.test(code))
    return `its certificate is not trusted (${code})`;
  return `the connection failed${code === undefined ? '' : ` (${code})`}`;
}

function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{2,60}$/.test(code) ? code : undefined;
}

async function within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(Object.assign(new Error('late'), { code: 'TIMEOUT' })), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
