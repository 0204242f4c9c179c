import { randomBytes, randomUUID } from 'node:crypto';
import { type Answer, armError } from './answer.ts';
import type { LongRunning } from './faults.ts';

/**
 * Long-running operations as Resource Manager runs them: 202 with the body `null`, a Location of about 3 KB that
 * carries a signature and another API version, then 202 until the result is there.
 */
export interface Operations {
  /** Starts an operation of an endpoint at this server (`https://127.0.0.1:8443`) and answers 202. */
  readonly start: (
    origin: string,
    subscription: string,
    location: string,
    result: () => Answer,
    endpoint: LongRunning,
  ) => Answer;
  /** The endpoint whose operation a polling path belongs to. */
  readonly endpointOf: (path: string) => LongRunning | undefined;
  /** Answers a poll. `url` is the request's path and query exactly as it came. */
  readonly poll: (origin: string, url: string) => Answer;
}

export interface OperationOptions {
  /** How many polls are answered 202 before the result. */
  readonly pendingPolls: number;
  readonly retryAfterSeconds: number;
}

interface Running {
  readonly endpoint: LongRunning;
  readonly url: string;
  readonly result: () => Answer;
  pending: number;
}

const POLLING_API_VERSION = '2025-01-01';
/** Older operations are forgotten. */
const MOST_OPERATIONS = 200;
/** 100-nanosecond ticks between the year 1 and 1970. */
const TICKS_AT_EPOCH = 621_355_968_000_000_000n;

export function createOperations({ pendingPolls, retryAfterSeconds }: OperationOptions, now: () => Date): Operations {
  const running = new Map<string, Running>();
  const headersFor = (origin: string, url: string, id: string) => ({
    Location: `${origin}${url}`,
    'Retry-After': String(retryAfterSeconds),
    'Azure-AsyncNotification': 'Enabled',
    'x-ms-request-id': id,
  });
  return {
    endpointOf: (path) => running.get(path.toLowerCase())?.endpoint,
    start: (origin, subscription, location, result, endpoint) => {
      const id = randomUUID();
      const path = `/subscriptions/${subscription}/providers/Microsoft.Network/locations/${location}/operationResults/${id}`;
      const url = `${path}?api-version=${POLLING_API_VERSION}&${signature(now())}`;
      running.set(path.toLowerCase(), { endpoint, url, result, pending: pendingPolls });
      const [oldest] = running.keys();
      if (running.size > MOST_OPERATIONS && oldest !== undefined) running.delete(oldest);
      return { status: 202, body: null, headers: headersFor(origin, url, id) };
    },
    poll: (origin, url) => {
      const path = url.split('?')[0]?.toLowerCase() ?? '';
      const operation = running.get(path);
      const id = path.slice(path.lastIndexOf('/') + 1);
      if (!operation) return armError(404, 'ResourceNotFound', 'The operation was not found.');
      if (operation.url !== url) {
        return armError(403, 'AuthorizationFailed', 'The signature of the polling URL is missing or does not match.');
      }
      if (operation.pending > 0) {
        operation.pending -= 1;
        return { status: 202, body: null, headers: headersFor(origin, url, id) };
      }
      const answer = operation.result();
      // The final answer names its own Location again.
      return { ...answer, headers: { ...answer.headers, Location: `${origin}${url}` } };
    },
  };
}

function signature(at: Date): string {
  const ticks = BigInt(at.getTime()) * 10_000n + TICKS_AT_EPOCH;
  const random = (bytes: number) => randomBytes(bytes).toString('base64url');
  return `t=${ticks}&c=MIIH${random(1800)}&s=${random(256)}&h=${random(32)}`;
}
