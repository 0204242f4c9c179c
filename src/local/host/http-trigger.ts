import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { cookieHeader } from './cookie.ts';
import type { Log } from './log.ts';
import { bySpecificity, matchRoute, parseRoute, type Route } from './route.ts';
import { type InvocationRequest, type RegisteredFunction, type RpcHttp, triggerOf } from './rpc.ts';

export interface HttpFunction extends Route {
  readonly registered: RegisteredFunction;
  readonly authLevel: 'anonymous' | 'function' | 'admin';
}

/** Keys that callers have to show. Without a function key nothing is asked for, as with `func start`. */
export interface HttpKeys {
  readonly functionKey?: string;
  readonly adminKey?: string;
}

export interface HttpServerOptions {
  readonly functions: readonly HttpFunction[];
  readonly keys: HttpKeys;
  /** In bytes. The service takes 100 MiB unless FUNCTIONS_REQUEST_BODY_SIZE_LIMIT says otherwise. */
  readonly bodyLimitBytes: number;
  /** Runs the function and returns its answer; undefined where it failed. */
  readonly invoke: (
    registered: RegisteredFunction,
    request: InvocationRequest,
  ) => Promise<{ readonly http?: RpcHttp | null } | undefined>;
  readonly log: Log;
}

/** Reads an httpTrigger's binding. Throws one clear sentence on a route that this host cannot serve. */
export function httpFunction(registered: RegisteredFunction, routePrefix: string): HttpFunction {
  const { info } = triggerOf(registered.metadata);
  const template = typeof info.route === 'string' ? info.route : registered.metadata.name;
  const methods = Array.isArray(info.methods) ? info.methods.map(String) : ['GET', 'POST'];
  const level = String(info.authLevel ?? 'anonymous').toLowerCase();
  if (level !== 'anonymous' && level !== 'function' && level !== 'admin') {
    throw new Error(`Function "${registered.metadata.name}" has the unknown authLevel "${level}".`);
  }
  return { ...parseRoute(routePrefix, template, methods), registered, authLevel: level };
}

/** The HTTP front of the host; the caller listens and closes. */
export function createHttpServer(options: HttpServerOptions): Server {
  const routes = [...options.functions].sort(bySpecificity);
  return createServer((request, response) => {
    answer(request, response, routes, options).catch((error: unknown) => {
      // Only a client that went away, or a defect of this host, ends here; neither may stop it.
      const reason = error instanceof Error ? error.message : 'unknown';
      options.log({ level: 'debug', category: 'host', message: 'A request was given up.', reason });
      if (response.headersSent) response.destroy();
      else end(response, 500);
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: readonly HttpFunction[],
  { keys, bodyLimitBytes, invoke }: HttpServerOptions,
): Promise<void> {
  const url = urlOf(request);
  if (!url) return end(response, 400);
  const match = matchRoute(routes, request.method ?? 'GET', url.pathname);
  if (match.outcome === 'malformed') return end(response, 400);
  if (match.outcome === 'not-found') return end(response, 404);

  const { route, params } = match;
  if (!isAllowed(route.authLevel, shownKey(request, url), keys)) return end(response, 401);

  const body = await readBody(request, bodyLimitBytes);
  if (!body) {
    response.setHeader('connection', 'close');
    return end(response, 413);
  }

  const http: RpcHttp = {
    method: request.method,
    url: url.href,
    headers: headersOf(request),
    query: queryOf(url),
    params,
    ...(body.length > 0 ? { body: { bytes: body } } : {}),
  };
  const trigger = triggerOf(route.registered.metadata);
  const result = await invoke(route.registered, { inputData: [{ name: trigger.name, data: { http } }] });
  if (!result) return end(response, 500);
  writeAnswer(response, result.http, request.method === 'HEAD');
}

/** The request's URL as the function sees it; undefined where its target or its Host header is none. */
function urlOf(request: IncomingMessage): URL | undefined {
  const target = request.url ?? '';
  if (!target.startsWith('/')) return undefined;
  const url = URL.parse(`http://${request.headers.host ?? 'localhost'}${target}`);
  return url?.username === '' && url.password === '' ? url : undefined;
}

function shownKey(request: IncomingMessage, url: URL): string | undefined {
  const header = request.headers['x-functions-key'];
  return (typeof header === 'string' ? header : undefined) ?? url.searchParams.get('code') ?? undefined;
}

function isAllowed(level: HttpFunction['authLevel'], shown: string | undefined, keys: HttpKeys): boolean {
  if (level === 'anonymous' || keys.functionKey === undefined) return true;
  if (shown === undefined) return false;
  if (keys.adminKey !== undefined && isSameKey(shown, keys.adminKey)) return true;
  return level === 'function' && isSameKey(shown, keys.functionKey);
}

/** Compares digests, so that neither length nor content of the key shows in the time it takes. */
function isSameKey(shown: string, key: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(key));
}

/** Reads the whole body; undefined as soon as it is over the limit. */
async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (values) headers[name] = values.join(name === 'cookie' ? '; ' : ', ');
  }
  return headers;
}

/** The service joins a parameter that comes several times with commas. */
function queryOf(url: URL): Record<string, string> {
  const query: Record<string, string> = {};
  for (const name of new Set(url.searchParams.keys())) query[name] = url.searchParams.getAll(name).join(',');
  return query;
}

/** Headers that belong to the connection, not to the function's answer. */
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'content-length']);

function writeAnswer(response: ServerResponse, http: RpcHttp | null | undefined, withoutBody: boolean): void {
  if (!http) {
    // A function that returns nothing is answered 204, as in Azure.
    end(response, 204);
    return;
  }
  for (const [name, value] of Object.entries(http.headers ?? {})) {
    if (!CONNECTION_HEADERS.has(name.toLowerCase())) response.setHeader(name, value);
  }
  const cookies = (http.cookies ?? []).map(cookieHeader);
  if (cookies.length > 0) response.appendHeader('set-cookie', cookies);
  const body = Buffer.from(http.body?.bytes ?? []);
  end(response, Number(http.statusCode ?? 200), withoutBody ? undefined : body, body.length);
}

function end(response: ServerResponse, status: number, body?: Buffer, length = 0): void {
  response.statusCode = status;
  const mayHaveBody = status !== 204 && status !== 304;
  if (mayHaveBody) response.setHeader('content-length', length);
  response.end(mayHaveBody ? body : undefined);
}
