import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpResponseInit } from '@azure/functions';
import type { Queues } from '../app/ports.ts';
import { auditOf } from '../core/audit.ts';
import { sinks } from '../sinks/index.ts';
import { createSweepRecord, type SweepRecord } from './health-sweep.ts';
import { createMessageQueues } from './message-queues.ts';
import { type Environment, readSettings } from './settings.ts';
import { openStorage } from './storage.ts';

/** Anybody may ask, so it says no more than this: no name, no number, no reason. */
export interface Health {
  readonly status: 'ok' | 'degraded';
  readonly parts: Readonly<Record<HealthPart, 'ok' | 'degraded'>>;
}

/**
 * `settings`: all can be read, those of sinks too. `storage`: it answers. `queues`: no message waits for long, and no
 * investigation was given up. `sweep`: the timer has run within the last minutes.
 */
export type HealthPart = 'settings' | 'storage' | 'queues' | 'sweep';

/** Storage has its own timeouts; a probe of the platform gives up after some seconds as well. */
const ANSWER_WITHIN_MS = 5_000;
/** However often it is asked, storage is asked once in this time, by one instance. */
const KEEP_MS = 10_000;
/** It runs every minute; a new deployment or a cold start may cost it two or three turns. */
const SWEPT_WITHIN_MS = 5 * 60_000;

export interface HealthOptions {
  readonly areSettingsUsable: () => boolean;
  /** Only asked where the settings are usable. */
  readonly open: () => { readonly look: Queues['look']; readonly lastSweep: SweepRecord['read'] };
  readonly now: () => Date;
  /** Resolves after so many milliseconds, or when aborted. */
  readonly wait?: (ms: number, abort: AbortSignal) => Promise<void>;
}

/** Looks at most once in ten seconds, and answers within five, whatever storage does. Never rejects. */
export function createHealth(options: HealthOptions): () => Promise<Health> {
  let known: { readonly fromMs: number; readonly health: Promise<Health> } | undefined;
  return () => {
    const nowMs = options.now().getTime();
    if (known === undefined || nowMs - known.fromMs >= KEEP_MS || nowMs < known.fromMs) {
      known = { fromMs: nowMs, health: lookAt(options) };
    }
    return known.health;
  };
}

async function lookAt({ areSettingsUsable, open, now, wait = waitUntil }: HealthOptions): Promise<Health> {
  const parts: Record<HealthPart, 'ok' | 'degraded'> = {
    settings: 'degraded',
    storage: 'degraded',
    queues: 'degraded',
    sweep: 'degraded',
  };
  const done = new AbortController();
  const look = async () => {
    if (!areSettingsUsable()) return;
    parts.settings = 'ok';
    const { look: lookAtQueues, lastSweep } = open();
    const queues = async () => {
      const problems = auditOf({ incidents: [], failed: 0, ...(await lookAtQueues()) }, now().toISOString());
      if (problems.length === 0) parts.queues = 'ok';
    };
    const sweep = async () => {
      const at = await lastSweep();
      parts.storage = 'ok';
      if (at && now().getTime() - at.getTime() < SWEPT_WITHIN_MS) parts.sweep = 'ok';
    };
    await Promise.allSettled([queues(), sweep()]);
  };
  try {
    await Promise.race([look().catch(() => {}), wait(ANSWER_WITHIN_MS, done.signal)]);
  } finally {
    done.abort();
  }
  const isOk = Object.values(parts).every((part) => part === 'ok');
  // A copy: what still answers after the deadline must not change what was said.
  return { status: isOk ? 'ok' : 'degraded', parts: { ...parts } };
}

async function waitUntil(ms: number, abort: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: abort }).catch(() => {});
}

/** A sink that is configured wrongly makes dead letters of its messages, so it counts. */
export function areSettingsUsable(environment: Environment): boolean {
  try {
    readSettings(environment);
    for (const sink of sinks) sink.configure(environment);
    return true;
  } catch {
    return false;
  }
}

let health: (() => Promise<Health>) | undefined;

export async function onHealth(): Promise<HttpResponseInit> {
  health ??= createHealth({
    areSettingsUsable: () => areSettingsUsable(process.env),
    open: openOnce(),
    now: () => new Date(),
  });
  const found = await health();
  return {
    status: found.status === 'ok' ? 200 : 503,
    headers: { 'cache-control': 'no-store' },
    jsonBody: found,
  };
}

/** The clients are kept, so that their tables and queues are created once. */
function openOnce(): HealthOptions['open'] {
  let opened: ReturnType<HealthOptions['open']> | undefined;
  return () => {
    if (opened === undefined) {
      const storage = openStorage(readSettings(process.env));
      opened = { look: createMessageQueues(storage).look, lastSweep: createSweepRecord(storage).read };
    }
    return opened;
  };
}
