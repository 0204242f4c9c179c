import { newLookMemory, type WatchPorts } from '../app/watch-traffic.ts';
import { TIME_LIMITS, type TimeLimits } from '../traffic/fold.ts';
import { createArmGet } from './arm-get.ts';
import { digest } from './ports.ts';
import { createRequestTimeouts } from './request-timeouts.ts';
import { type Environment, readSettings, troubleSettingsOf } from './settings.ts';
import { openStorage, type Storage } from './storage.ts';
import { createTrafficTable } from './traffic-table.ts';

/** What the functions of the stream need beside the flows' own ports. */
export interface StreamPorts extends WatchPorts {
  readonly storage: Storage;
  readonly limits: TimeLimits;
  readonly retentionDays: number;
  readonly memory: ReturnType<typeof newLookMemory>;
}

let built: StreamPorts | undefined;

/** The ports of this process, built from its environment on first use. */
export function streamPorts(): StreamPorts {
  built ??= createStreamPorts(process.env);
  return built;
}

export function createStreamPorts(environment: Environment): StreamPorts {
  const settings = readSettings(environment);
  const storage = openStorage(settings);
  return {
    storage,
    store: createTrafficTable(storage, digest),
    settings: troubleSettingsOf(settings),
    requestTimeouts: createRequestTimeouts(createArmGet(settings)),
    limits: { ...TIME_LIMITS, lateMinutes: settings.STREAM_LATE_MINUTES },
    retentionDays: settings.STREAM_RETENTION_DAYS,
    memory: newLookMemory(),
  };
}
