import { type IncomingMessage, request as startRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { codeOf, type Patience, withCode } from './connection.ts';

/** One request like a probe: GET, and nothing that says who asks. No body, no cookie, no credentials. */
export interface ProbeGet {
  /** As configured, with its query, which the gateway sends as well. */
  readonly path: string;
  readonly host: string;
  /** The text that the body has to contain; the body is read only where there is one. */
  readonly wanted?: string;
}

export interface ProbeAnswer {
  readonly status?: number;
  /** Where a redirect leads to, without query, fragment and credentials. */
  readonly location?: string;
  /** From the request to the first of the answer. */
  readonly seconds?: number;
  /** Beside a status, where the answer broke off while the wanted text was looked for. */
  readonly error?: string;
  /** Whether the wanted text is in the body; undefined where the body is longer than what is read of it. */
  readonly isWantedThere?: boolean;
}

export const USER_AGENT = 'appgw-triage-prober';

const MAX_BODY_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_LOCATION_LENGTH = 300;

/**
 * Asks over a stream that is connected (and secured, where the member speaks TLS), and closes it. A redirect is reported
 * and not followed. Never rejects but for the abort: whatever the member answers is an answer.
 */
export async function get(stream: Duplex, asked: ProbeGet, { timeoutMs, signal }: Patience): Promise<ProbeAnswer> {
  const { promise, resolve } = Promise.withResolvers<ProbeAnswer>();
  let begun: ProbeAnswer = {};
  const fail = (error: unknown) => resolve({ ...begun, error: codeOf(error) });
  const timer = setTimeout(() => fail(withCode('ETIMEDOUT')), timeoutMs);
  const onAbort = () => fail(undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  stream.on('error', fail);
  try {
    signal.throwIfAborted();
    if (stream.destroyed) return { error: 'ECONNRESET' };
    const begunAt = performance.now();
    const request = startRequest({
      createConnection: () => stream,
      method: 'GET',
      path: asked.path,
      headers: { host: asked.host, 'user-agent': USER_AGENT, accept: '*/*', connection: 'close' },
      maxHeaderSize: MAX_HEADER_BYTES,
    });
    request.on('error', fail);
    request.on('response', (response) => {
      const seconds = Math.round(performance.now() - begunAt) / 1_000;
      begun = { status: response.statusCode, location: locationOf(response), seconds };
      response.on('error', fail);
      if (asked.wanted === undefined) resolve(begun);
      else search(response, asked.wanted, (isWantedThere) => resolve({ ...begun, isWantedThere }));
    });
    request.on('close', () => fail(withCode('ECONNRESET')));
    request.end();
    const answer = await promise;
    signal.throwIfAborted();
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    return { error: codeOf(error) };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    stream.destroy();
  }
}

/** Looks for a text in the first of a body, as the bytes are; what was read is let go of at once. */
function search(response: IncomingMessage, wanted: string, found: (isThere: boolean | undefined) => void): void {
  // A compressed body shows nothing, though none was asked for.
  const isEncoded = !/^(identity)?$/i.test(response.headers['content-encoding'] ?? '');
  const chunks: Buffer[] = [];
  let length = 0;
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk.subarray(0, MAX_BODY_BYTES - length));
    length += chunk.length;
    if (length >= MAX_BODY_BYTES) finish(undefined);
  });
  response.on('end', () => finish(false));
  const finish = (otherwise: false | undefined) => {
    if (isEncoded) found(undefined);
    else found(Buffer.concat(chunks).includes(wanted) ? true : otherwise);
    response.destroy();
  };
}

function locationOf({ headers }: IncomingMessage): string | undefined {
  const bare = headers.location
    ?.replace(/[?#][\s\S]*$/, '')
    // Credentials before the host.
    .replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/]*@/i, '$1//')
    .replace(/[^\x21-\x7e]/g, '');
  return bare === undefined || bare === '' ? undefined : bare.slice(0, MAX_LOCATION_LENGTH);
}
