import { pino } from 'pino';
import type { Log } from '../app/ports.ts';

/**
 * JSON lines on stderr, with stable messages and structured fields. Errors are reduced to name, code, status and a
 * message without addresses: SDK errors carry whole requests, with signed URLs and tokens in them.
 */
export function createLog(level: string): Log {
  return pino(
    { level, base: undefined, serializers: { err: describeError } },
    pino.destination({ dest: 2, sync: true }),
  );
}

export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { name: 'NotAnError' };
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  return {
    name: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof statusCode === 'number' ? { statusCode } : {}),
    message: withoutAddresses(error.message).slice(0, 500),
  };
}

/** URLs carry signatures and webhook keys; bare query strings and e-mail addresses have no place in a log either. */
export function withoutAddresses(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, '<url>').replace(/\?\S*=\S*/g, '<query>');
}
