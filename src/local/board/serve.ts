import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Served {
  /** `http://127.0.0.1:4280` */
  readonly url: string;
  /** Cuts what is still open, and returns when the port is free. */
  readonly close: () => Promise<void>;
}

const LARGEST_BODY_BYTES = 10_000;

/** Serves an app on loopback. Port 0 takes any free one; rejects where the port is taken. */
export async function serve(app: (request: Request) => Promise<Response>, port: number): Promise<Served> {
  const server = createServer((incoming, outgoing) => {
    answer(app, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  app: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const request = await requestOf(incoming, outgoing);
  if (!request) return void outgoing.writeHead(400, { connection: 'close' }).end();
  const response = await app(request);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  if (!response.body || incoming.method === 'HEAD') return void outgoing.end();
  // A page that is closed while events are on their way is no failure.
  await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), outgoing).catch(() => {});
}

/** Undefined where it is no request that a browser sends. */
async function requestOf(incoming: IncomingMessage, outgoing: ServerResponse): Promise<Request | undefined> {
  const { method = 'GET', url = '/', headers } = incoming;
  const target = URL.parse(url.startsWith('/') ? url : '/', `http://${headers.host ?? ''}`);
  if (!target) return undefined;
  const abort = new AbortController();
  outgoing.on('close', () => abort.abort());
  const entries = Object.entries(headers).map(([key, value]) => [key, String(value)] as [string, string]);
  const init = { method, headers: entries, signal: abort.signal };
  if (method === 'GET' || method === 'HEAD') return new Request(target, init);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new Request(target, { ...init, body: Buffer.concat(chunks) });
}
