import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenCredential } from '@azure/core-auth';
import type { Read } from '../doctor/check.ts';
import { reasonOf } from '../evidence/reasons.ts';
import type { Settings } from './settings.ts';

/** What the doctor asks of Resource Manager: GETs alone, each once, within a bound of calls, time and size. */
export interface DoctorArm {
  readonly get: (path: string) => Promise<Read<unknown>>;
  readonly list: (path: string) => Promise<Read<readonly unknown[]>>;
  readonly clockAheadMs: () => Promise<Read<number>>;
  /** Throws what the sign-in threw. */
  readonly signIn: () => Promise<void>;
}

export interface DoctorArmOptions {
  readonly credential: TokenCredential;
  readonly now: () => Date;
  readonly fetch?: typeof fetch;
  readonly wait?: (ms: number) => Promise<unknown>;
  /** For one request. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 20_000;
/** Lists of rules and vaults come 100 to 1,000 a page; a subscription has at most some thousands of each. */
const MAX_PAGES = 30;
const MAX_BODY_BYTES = 20 * 1024 * 1024;
/** A subscription may be asked 25 times a second. This many side by side stay below it. */
const MAX_AT_ONCE = 6;
/** A throttled or failed call is made again twice. Longer than this is not waited for. */
const MAX_TRIES = 3;
const MAX_PAUSE_MS = 20_000;
/** How far the service's clock may be off where an answer took long. */
const TRUSTED_ROUND_TRIP_MS = 10_000;

interface Answer {
  readonly body: unknown;
}

export function createDoctorArm(
  { ARM_ENDPOINT: endpoint }: Pick<Settings, 'ARM_ENDPOINT'>,
  { credential, now, fetch: ask = fetch, wait = sleep, timeoutMs = TIMEOUT_MS }: DoctorArmOptions,
): DoctorArm {
  const asked = new Map<string, Promise<Read<Answer>>>();
  const turns = createTurns(MAX_AT_ONCE);
  let aheadMs: number | undefined;

  async function token(abort: AbortSignal): Promise<string> {
    const given = await credential.getToken(`${endpoint}/.default`, { abortSignal: abort });
    if (!given) throw Object.assign(new Error('no token'), { name: 'AuthenticationError' });
    return given.token;
  }

  function once(path: string): Promise<Read<Answer>> {
    const known = asked.get(path);
    if (known) return known;
    const asking = turns(() => askFor(path));
    asked.set(path, asking);
    return asking;
  }

  async function askFor(path: string): Promise<Read<Answer>> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await tryFor(path);
      if (!('again' in outcome)) return outcome;
      if (attempt === MAX_TRIES || outcome.again > MAX_PAUSE_MS) return { state: 'unread', reason: outcome.reason };
      await wait(outcome.again);
    }
  }

  async function tryFor(path: string): Promise<Read<Answer> | { readonly again: number; readonly reason: string }> {
    try {
      const abort = AbortSignal.timeout(timeoutMs);
      const headers = { authorization: `Bearer ${await token(abort)}`, accept: 'application/json' };
      const sentMs = now().getTime();
      const answer = await ask(`${endpoint}${path}`, { headers, redirect: 'error', signal: abort });
      noteClock(answer.headers.get('date'), sentMs, now().getTime());
      const text = await readBounded(answer);
      const body = parse(text);
      if (answer.status === 200) {
        if (typeof body !== 'object' || body === null)
          return { state: 'unread', reason: 'the answer could not be understood' };
        return { state: 'read', value: { body } };
      }
      if (answer.status === 404 || answer.status === 204) return { state: 'absent' };
      const reason = reasonOf({ statusCode: answer.status, response: { bodyAsText: text, headers: answer.headers } });
      if (answer.status !== 429 && answer.status < 500) return { state: 'unread', reason };
      return { again: pauseMs(answer.headers.get('retry-after')), reason };
    } catch (error) {
      return { state: 'unread', reason: why(error, timeoutMs) };
    }
  }

  /** The date has whole seconds and was written somewhere between question and answer. */
  function noteClock(date: string | null, sentMs: number, receivedMs: number): void {
    const serviceMs = Date.parse(date ?? '');
    if (Number.isNaN(serviceMs) || receivedMs - sentMs > TRUSTED_ROUND_TRIP_MS) return;
    aheadMs ??= Math.round((sentMs + receivedMs) / 2 - (serviceMs + 500));
  }

  const onOwnHost = (link: unknown): string | undefined =>
    typeof link === 'string' && link.startsWith(`${endpoint}/`) ? link.slice(endpoint.length) : undefined;

  return {
    async get(path) {
      const answer = await once(path);
      return answer.state === 'read' ? { state: 'read', value: answer.value.body } : answer;
    },
    async list(path) {
      const items: unknown[] = [];
      let next: string | undefined = path;
      for (let page = 1; next !== undefined; page += 1) {
        if (page > MAX_PAGES) return { state: 'unread', reason: `there are more than ${MAX_PAGES} pages` };
        const answer: Read<Answer> = await once(next);
        if (answer.state !== 'read') return answer;
        const { value, nextLink } = answer.value.body as { value?: unknown; nextLink?: unknown };
        // An answer without its list is no empty list.
        if (!Array.isArray(value)) return { state: 'unread', reason: 'the answer holds no list' };
        items.push(...value);
        next = onOwnHost(nextLink);
        if (typeof nextLink === 'string' && nextLink !== '' && next === undefined)
          return { state: 'unread', reason: 'its next page lies on another host' };
      }
      return { state: 'read', value: items };
    },
    async clockAheadMs() {
      if (aheadMs === undefined) await once('/subscriptions?api-version=2022-12-01');
      return aheadMs === undefined ? { state: 'absent' } : { state: 'read', value: aheadMs };
    },
    async signIn() {
      await token(AbortSignal.timeout(timeoutMs));
    },
  };
}

/** Two seconds where the service names no number of them. */
function pauseMs(retryAfter: string | null): number {
  return /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : 2_000;
}

function why(error: unknown, timeoutMs: number): string {
  if ((error as { name?: unknown } | undefined)?.name === 'TimeoutError')
    return `not answered within ${timeoutMs / 1000} s`;
  // `fetch` wraps what went wrong with the connection.
  const cause = error instanceof TypeError ? (error.cause ?? error) : error;
  return reasonOf(cause);
}

async function readBounded(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BODY_BYTES)
      throw Object.assign(new Error('the answer is too large'), { name: 'UnreadableAnswer' });
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Lets so many run at once, the others in the order in which they came. */
function createTurns(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      waiting.shift()?.();
    }
  };
}
