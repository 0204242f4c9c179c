import { isLogLevel } from './log.ts';
import type { LogLevel } from './rpc.ts';

/** What this host honours of host.json, in its own units. */
export interface HostJson {
  readonly routePrefix: string;
  /** Infinity where host.json says -1. */
  readonly functionTimeoutMs: number;
  readonly queues: QueueOptions;
  readonly eventHubs: EventHubOptions;
  readonly logLevels: Readonly<Record<string, LogLevel>>;
}

export interface QueueOptions {
  /** Messages taken in one read, 1 to 32. */
  readonly batchSize: number;
  /** The next batch is read when this many messages, or fewer, are still being worked on. */
  readonly newBatchThreshold: number;
  /** After this many attempts a message moves to the poison queue. */
  readonly maxDequeueCount: number;
  /** How long a message stays hidden after a failed attempt. */
  readonly visibilityTimeoutMs: number;
  readonly maxPollingIntervalMs: number;
  readonly messageEncoding: 'base64' | 'none';
}

export interface EventHubOptions {
  /** Events that a function gets at once, at most. */
  readonly maxEventBatchSize: number;
  /** Events that are read ahead for each partition. */
  readonly prefetchCount: number;
  /** Batches from one checkpoint to the next. */
  readonly batchCheckpointFrequency: number;
  /** Where a partition begins that has no checkpoint yet. */
  readonly initialOffset:
    | { readonly type: 'fromStart' | 'fromEnd' }
    | { readonly type: 'fromEnqueuedTime'; readonly at: Date };
  /** How often the partitions are shared out anew, and claims on them renewed. */
  readonly loadBalancingIntervalMs: number;
  /** After so long without renewal a partition is free for others. */
  readonly ownershipExpirationMs: number;
}

type Json = Readonly<Record<string, unknown>>;

/** App settings of this prefix override host.json, in Azure as here: `AzureFunctionsJobHost__extensions__queues__batchSize`. */
const OVERRIDE_PREFIX = 'azurefunctionsjobhost__';
/** The service's own defaults, for what host.json leaves out. */
const DEFAULT_FUNCTION_TIMEOUT_MS = 30 * 60_000;
const DEFAULT_BATCH_SIZE = 16;
const DEFAULT_MAX_POLLING_INTERVAL_MS = 60_000;
const DEFAULT_MAX_EVENT_BATCH_SIZE = 100;
const DEFAULT_PREFETCH_COUNT = 300;
/** What the Event Hubs client has for these two. */
const DEFAULT_LOAD_BALANCING_INTERVAL_MS = 10_000;
const DEFAULT_OWNERSHIP_EXPIRATION_MS = 60_000;

/** Reads host.json with the overrides among the app settings. Throws one clear sentence on a value that cannot work. */
export function readHostJson(text: string, settings: Readonly<Record<string, string | undefined>>): HostJson {
  const json = withOverrides(parse(text), settings);
  if (json.version !== '2.0') throw new Error('host.json: "version" has to be "2.0".');
  const extensions = section(json, 'extensions');
  return {
    routePrefix: string(section(extensions, 'http').routePrefix, 'extensions.http.routePrefix') ?? 'api',
    functionTimeoutMs:
      json.functionTimeout === '-1'
        ? Number.POSITIVE_INFINITY
        : (timeSpanMs(json.functionTimeout, 'functionTimeout') ?? DEFAULT_FUNCTION_TIMEOUT_MS),
    queues: readQueues(section(extensions, 'queues')),
    eventHubs: readEventHubs(section(extensions, 'eventHubs')),
    logLevels: readLogLevels(section(section(json, 'logging'), 'logLevel')),
  };
}

function readQueues(queues: Json): QueueOptions {
  const where = 'extensions.queues';
  const batchSize = integer(queues.batchSize, `${where}.batchSize`, 1, 32) ?? DEFAULT_BATCH_SIZE;
  const encoding = string(queues.messageEncoding, `${where}.messageEncoding`)?.toLowerCase() ?? 'base64';
  if (encoding !== 'base64' && encoding !== 'none') {
    throw new Error(`host.json: "${where}.messageEncoding" has to be "base64" or "none".`);
  }
  return {
    batchSize,
    newBatchThreshold:
      integer(queues.newBatchThreshold, `${where}.newBatchThreshold`, 0, 1_000) ?? Math.floor(batchSize / 2),
    maxDequeueCount: integer(queues.maxDequeueCount, `${where}.maxDequeueCount`, 1, 1_000) ?? 5,
    visibilityTimeoutMs: timeSpanMs(queues.visibilityTimeout, `${where}.visibilityTimeout`) ?? 0,
    maxPollingIntervalMs:
      timeSpanMs(queues.maxPollingInterval, `${where}.maxPollingInterval`) ?? DEFAULT_MAX_POLLING_INTERVAL_MS,
    messageEncoding: encoding,
  };
}

function readEventHubs(eventHubs: Json): EventHubOptions {
  const where = 'extensions.eventHubs';
  const whole = (name: string, most: number) => integer(eventHubs[name], `${where}.${name}`, 1, most);
  const span = (name: string) => timeSpanMs(eventHubs[name], `${where}.${name}`);
  return {
    maxEventBatchSize: whole('maxEventBatchSize', 10_000) ?? DEFAULT_MAX_EVENT_BATCH_SIZE,
    prefetchCount: whole('prefetchCount', 10_000) ?? DEFAULT_PREFETCH_COUNT,
    batchCheckpointFrequency: whole('batchCheckpointFrequency', 10_000) ?? 1,
    initialOffset: readInitialOffset(section(eventHubs, 'initialOffsetOptions'), `${where}.initialOffsetOptions`),
    loadBalancingIntervalMs: span('loadBalancingUpdateInterval') ?? DEFAULT_LOAD_BALANCING_INTERVAL_MS,
    ownershipExpirationMs: span('partitionOwnershipExpirationInterval') ?? DEFAULT_OWNERSHIP_EXPIRATION_MS,
  };
}

function readInitialOffset(options: Json, where: string): EventHubOptions['initialOffset'] {
  const type = string(options.type, `${where}.type`)?.toLowerCase() ?? 'fromstart';
  if (type === 'fromstart') return { type: 'fromStart' };
  if (type === 'fromend') return { type: 'fromEnd' };
  if (type !== 'fromenqueuedtime') {
    throw new Error(`host.json: "${where}.type" has to be "fromStart", "fromEnd" or "fromEnqueuedTime".`);
  }
  const at = new Date(string(options.enqueuedTimeUtc, `${where}.enqueuedTimeUtc`) ?? '');
  if (Number.isNaN(at.getTime())) throw new Error(`host.json: "${where}.enqueuedTimeUtc" has to be a time.`);
  return { type: 'fromEnqueuedTime', at };
}

function readLogLevels(levels: Json): Readonly<Record<string, LogLevel>> {
  const known: Record<string, LogLevel> = {};
  for (const [category, value] of Object.entries(levels)) {
    const level = typeof value === 'string' ? value.toLowerCase() : value;
    if (!isLogLevel(level)) throw new Error(`host.json: "logging.logLevel.${category}" is no log level.`);
    known[category] = level;
  }
  return known;
}

/** Reads a .NET time span, `[days.]hours:minutes:seconds[.fraction]`, as milliseconds. */
export function timeSpanMs(value: unknown, where: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const match = typeof value === 'string' ? /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(\.\d{1,7})?$/.exec(value) : null;
  const [days, hours, minutes, seconds, fraction] = (match ?? []).slice(1).map((part) => Number(part ?? 0));
  if (!match || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) {
    throw new Error(`host.json: "${where}" has to be a time span such as "00:00:30".`);
  }
  const wholeSeconds = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return wholeSeconds * 1_000 + Math.round(Number(fraction) * 1_000);
}

function withOverrides(json: Json, settings: Readonly<Record<string, string | undefined>>): Json {
  let result = json;
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined || !name.toLowerCase().startsWith(OVERRIDE_PREFIX)) continue;
    result = set(result, name.slice(OVERRIDE_PREFIX.length).split('__'), value);
  }
  return result;
}

/** A copy with one value replaced. Names match whatever their case, as .NET configuration does. */
function set(json: Json, path: readonly string[], value: string): Json {
  const [first = '', ...rest] = path;
  const name = Object.keys(json).find((key) => key.toLowerCase() === first.toLowerCase()) ?? first;
  return { ...json, [name]: rest.length === 0 ? value : set(section(json, name), rest, value) };
}

function parse(text: string): Json {
  try {
    const json: unknown = JSON.parse(text);
    if (isObject(json)) return json;
  } catch {
    // The sentence below says it for both.
  }
  throw new Error('host.json is not a JSON object.');
}

function section(json: Json, name: string): Json {
  const value = json[name];
  if (value === undefined) return {};
  if (!isObject(value)) throw new Error(`host.json: "${name}" has to be an object.`);
  return value;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function string(value: unknown, where: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new Error(`host.json: "${where}" has to be a string.`);
}

/** Overrides are strings, so digits in a string count as a number. */
function integer(value: unknown, where: string, min: number, max: number): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
  throw new Error(`host.json: "${where}" has to be a whole number from ${min} to ${max}.`);
}
