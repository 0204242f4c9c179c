import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, readFileSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { labelOf, type StorageOrigins } from './kill-at-label.ts';

/**
 * Loaded into the local host's process before anything else (`node --import`). It writes down every request that the
 * process sends and every answer that arrives, and kills the process with SIGKILL at the one that KILL_AT names.
 *
 * It also gives the process a clock that can be set ahead, as if the machine had been down for so long: the number of
 * milliseconds stands in the file that KILL_AT_CLOCK names, and is read at the start and at every SIGUSR2.
 */
const { KILL_AT, KILL_AT_TRACE = '', KILL_AT_CLOCK = '', AzureWebJobsStorage = '' } = process.env;

const storage = originsIn(AzureWebJobsStorage);
const counts = new Map<string, number>();
const numbers = new WeakMap<object, { readonly label: string; readonly count: number }>();

function pass(side: 'before' | 'after', label: string, count: number): void {
  const line = `${side} ${label} #${count}`;
  appendFileSync(KILL_AT_TRACE, `${line}\n`);
  if (line !== KILL_AT) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal may take a moment, in which nothing more may happen.
  for (;;);
}

function onRequest(request: object, method: string, origin: string, path: string): void {
  const label = labelOf({ method, origin, path }, storage);
  // A queue that is looked at and found empty is no step; one that gave something is noted with its answer.
  if (/^queue \S+ receive$/.test(label)) return void numbers.set(request, { label, count: 0 });
  const count = next(label);
  numbers.set(request, { label, count });
  pass('before', label, count);
}

function onAnswer(request: object): void {
  const known = numbers.get(request);
  if (known) pass('after', known.label, known.count === 0 ? next(known.label) : known.count);
}

function next(label: string): number {
  const count = (counts.get(label) ?? 0) + 1;
  counts.set(label, count);
  return count;
}

subscribe('http.client.request.created', (message) => {
  const { request } = message as { request: ClientRequest };
  onRequest(request, request.method, `${request.protocol}//${request.getHeader('host')}`, request.path);
});
subscribe('http.client.response.finish', (message) => {
  const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
  if (numbers.get(request)?.count !== 0) return onAnswer(request);
  // Whether a queue gave anything is in the body, which is seen here on its way to its reader.
  const push = response.push.bind(response);
  let hasMessage = false;
  response.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk !== null && !hasMessage && String(chunk).includes('<MessageId>')) {
      hasMessage = true;
      onAnswer(request);
    }
    return push(chunk, encoding);
  };
});

interface FetchRequest {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
}
subscribe('undici:request:create', (message) => {
  const { request } = message as { request: FetchRequest };
  onRequest(request, request.method, String(request.origin), request.path);
});
subscribe('undici:request:headers', (message) => {
  onAnswer((message as { request: FetchRequest }).request);
});

function originsIn(connection: string): StorageOrigins {
  const origin = (service: string) =>
    new URL(new RegExp(`${service}Endpoint=([^;]+)`).exec(connection)?.[1] ?? 'http://nowhere.invalid').origin;
  return { blob: origin('Blob'), queue: origin('Queue'), table: origin('Table') };
}

// The clock.

const RealDate = Date;
const realSetTimeout = setTimeout;
const realClearTimeout = clearTimeout;
let aheadMs = readAhead();

function readAhead(): number {
  return KILL_AT_CLOCK === '' ? 0 : Number(readFileSync(KILL_AT_CLOCK, 'utf8'));
}

const nowMs = () => RealDate.now() + aheadMs;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    args.length === 0 ? Reflect.construct(target, [nowMs()], newTarget) : Reflect.construct(target, args, newTarget),
  get: (target, name) => (name === 'now' ? nowMs : Reflect.get(target, name)),
});

/** Waits longer than any request may take: the host's timer, which goes by the clock. */
const LONG_WAIT_MS = 31_000;
const waiting = new Map<NodeJS.Timeout, { readonly dueAtMs: number; readonly ring: () => void }>();

globalThis.setTimeout = Object.assign((callback: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) => {
  if (!(delayMs > LONG_WAIT_MS)) return realSetTimeout(callback, delayMs, ...args);
  const ring = () => {
    waiting.delete(timer);
    realClearTimeout(timer);
    callback(...args);
  };
  const timer = realSetTimeout(ring, delayMs);
  waiting.set(timer, { dueAtMs: nowMs() + delayMs, ring });
  return timer;
}, realSetTimeout) as typeof setTimeout;
globalThis.clearTimeout = (timer) => {
  waiting.delete(timer as NodeJS.Timeout);
  realClearTimeout(timer);
};

process.on('SIGUSR2', () => {
  aheadMs = readAhead();
  for (const { dueAtMs, ring } of [...waiting.values()]) if (dueAtMs <= nowMs()) ring();
});
