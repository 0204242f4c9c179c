import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, armError } from './answer.ts';

export const LOOPBACK = '127.0.0.1';
/** More than the largest message that any receiver takes. */
const MOST_BODY_BYTES = 4 * 1024 * 1024;
const MOST_DEPTH = 200;

/** A request as the endpoints see it. */
export interface Incoming {
  readonly method: string;
  /** Decoded, without doubled slashes: some SDK clients double them. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Path and query exactly as they came. */
  readonly url: string;
  readonly origin: string;
  readonly contentType: string;
  readonly authorization: string | undefined;
  readonly identityHeader: string | undefined;
  /** Who PagerDuty's REST API is told that is calling. */
  readonly from: string | undefined;
  readonly bytes: number;
  readonly text: string;
  readonly json: unknown;
}

/** Reads a whole request, bounded, and sends its answer; `hang` never answers and `reset` cuts the connection. */
export function listen(answer: (incoming: Incoming) => Answer | 'hang' | 'reset'): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MOST_BODY_BYTES) chunks.push(chunk);
    });
    request.on('error', () => response.destroy());
    request.on('end', () => {
      if (bytes > MOST_BODY_BYTES) return send(response, { status: 413, body: 'Payload Too Large' });
      let result: Answer | 'hang' | 'reset';
      try {
        const incoming = readIncoming(request, Buffer.concat(chunks));
        result = incoming ? answer(incoming) : armError(400, 'BadRequest', 'The path of the request cannot be read.');
      } catch {
        // Reachable only through a defect of the simulator, which is to cost this request and not the drill.
        result = armError(500, 'SimulatorError', 'The simulator failed on this request.');
      }
      if (result === 'reset') return void request.socket.destroy();
      if (result !== 'hang') send(response, result);
    });
  };
}

/** Undefined where the path cannot be decoded. */
function readIncoming(request: IncomingMessage, body: Buffer): Incoming | undefined {
  const url = request.url ?? '/';
  const origin = `${'encrypted' in request.socket ? 'https' : 'http'}://${request.headers.host ?? LOOPBACK}`;
  const [rawPath = '/', ...queries] = url.split('?');
  const text = body.toString('utf8');
  let path: string;
  try {
    path = decodeURIComponent(rawPath).replace(/\/{2,}/g, '/');
  } catch {
    return undefined;
  }
  const header = request.headers['x-identity-header'];
  return {
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(queries.join('?')),
    url,
    origin,
    contentType: request.headers['content-type'] ?? '',
    authorization: request.headers.authorization,
    identityHeader: typeof header === 'string' ? header : undefined,
    from: request.headers.from,
    bytes: body.length,
    text,
    json: parseJson(text),
  };
}

/** Undefined where it is none, or nested so deep that no walk through it would come back. */
function parseJson(text: string): unknown {
  if (isDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDeep(text: string): boolean {
  let depth = 0;
  // Strings are stepped over whole, so that brackets in them do not count.
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1;
    else if (token === ']' || token === '}') depth -= 1;
    if (depth > MOST_DEPTH) return true;
  }
  return false;
}

function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const isText = typeof body === 'string';
  const payload = body === undefined ? '' : isText ? body : JSON.stringify(body);
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'Content-Type': isText ? 'text/plain' : 'application/json; charset=utf-8' }),
    ...headers,
  });
  response.end(payload);
}

/** Rejects where the port is taken. */
export function open(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Cuts every connection, and returns when the port is free. */
export function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
