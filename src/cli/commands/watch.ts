import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type HubProblem, hubProblemOf, isLasting } from '../../platform/event-hub-problem.ts';
import type { HubReader } from '../../platform/event-hub-reader.ts';
import type { EventHubPlace } from '../../sinks/sink.ts';
import { CliError, type Command, type Io } from '../command.ts';
import { durationFrom } from '../duration.ts';
import { adviceOn, hostIn, hubPlaceFrom, placeHelp, refuseKeysIn } from '../hub-place.ts';
import { stopOnSignals } from '../stopping.ts';
import { usageError } from '../usage.ts';
import { WatchCounts } from '../watch-counts.ts';
import { watchOutput } from '../watch-output.ts';
import type { WatchMoment } from '../watch-text.ts';

const help = `Usage: appgw-triage watch --namespace HOST --hub NAME [options]

Tails the access log in an event hub: 502s and 504s by pool and setting, cause
of error and path, over the last minutes, and what is missing from the counts.
It only looks on: it writes no checkpoints and takes no partition from anybody.

Options:
${placeHelp}
  --consumer-group NAME
                    default: $Default. One of its own disturbs nobody: five
                    readers may share one, and a function that reads with it
                    keeps others out
  --since TIME      begin so far back (10m, 2h); default: now
  --window TIME     what the table covers, in the requests' own time; default:
                    10m, or as much as --since, at most 6h
  --once            read up to what is there now, show it and end; begins at the
                    length of the window where --since is absent
  --for TIME        end after this time
  --interval TIME   how often a line or an object is printed; default: 10s
  --json            one JSON object a line at each interval, see below
  --color           colour even where the output is no terminal
  --no-color        no colour (the variable NO_COLOR does the same)
  -h, --help        show this help

On a terminal the table is drawn in place; elsewhere each interval prints one
line. Ctrl-C ends with a summary.

JSON (appgw-triage/watch@1): at, isFinal, hub, namespace, startedAt;
interval: requests and failed since the object before;
window: minutes, requests, failed, status502, status504, and of the worst up to
  50 each: targets (gateway, pool, setting, requests, failed, status502,
  status504), errors (error, failed), paths (path, failed);
totals since the beginning: requests, failed, status502, status504, messages,
  otherRecords;
gaps: missing and unreadable messages, unread and late records, silent
  partitions, isLowerBound;
partitions: id, lag (messages not read yet; null where unknown),
  lastSequenceNumber, lastEnqueuedAt; problems: a sentence each.

Exit code: 0, also after Ctrl-C; 2 when the event hub cannot be read.

Examples:
  appgw-triage watch --namespace logs.servicebus.windows.net --hub appgw
  appgw-triage watch --namespace logs.servicebus.windows.net --hub appgw \\
    --consumer-group laptop --since 30m --once --json
`;

export const watch = { help, run } satisfies Command;

const options = {
  namespace: { type: 'string' },
  hub: { type: 'string' },
  'consumer-group': { type: 'string' },
  since: { type: 'string' },
  window: { type: 'string' },
  once: { type: 'boolean' },
  for: { type: 'string' },
  interval: { type: 'string' },
  json: { type: 'boolean' },
  color: { type: 'boolean' },
} as const;

const DEFAULT_WINDOW_MS = 10 * 60_000;
/** Six hours of minutes stay well within the memory of a small machine. */
const MAX_WINDOW_MS = 6 * 3_600_000;
/** A standard namespace keeps messages for seven days at most, the dearest for ninety. */
const MAX_SINCE_MS = 90 * 86_400_000;
const DEFAULT_INTERVAL_MS = 10_000;
/** How long `--once` waits for a partition that does not answer. */
const ONCE_WITHIN_MS = 120_000;
const RATE_OVER_MS = 10_000;
const LOOK_EVERY_MS = 100;
const TELL_EVERY_MS = 1_000;

interface Wish {
  readonly place: EventHubPlace;
  readonly consumerGroup: string;
  /** How far back reading begins, in milliseconds; undefined for the end. */
  readonly sinceMs: number | undefined;
  readonly windowMs: number;
  readonly isOnce: boolean;
  readonly endAfterMs: number | undefined;
  readonly intervalMs: number;
  readonly json: boolean;
  readonly color: boolean | undefined;
}

async function run(args: readonly string[], io: Io): Promise<void> {
  const wish = readUsage(args, io);
  const { openHubReader } = await import('../../platform/event-hub-reader.ts');
  const stopping = stopOnSignals();
  let reader: HubReader | undefined;
  try {
    const options = { consumerGroup: wish.consumerGroup, abort: stopping.signal };
    reader = await openHubReader(wish.place, { AZURE_CLIENT_ID: io.env.AZURE_CLIENT_ID || undefined }, options);
    await follow(reader, wish, io, stopping.signal);
  } catch (error) {
    if (stopping.signal.aborted && !reader) return;
    if (error instanceof CliError) throw error;
    throw new CliError(`the event hub cannot be read: ${adviceOn(hubProblemOf(error), wish.place, 'read')}`);
  } finally {
    await reader?.close();
    stopping.release();
  }
}

async function follow(reader: HubReader, wish: Wish, io: Io, stopped: AbortSignal): Promise<void> {
  const { place, sinceMs, windowMs, isOnce, endAfterMs } = wish;
  const windowMinutes = windowMs / 60_000;
  const startedAt = Date.now();
  const from = sinceMs === undefined ? 'end' : startedAt - sinceMs;
  const counts = new WatchCounts(reader.partitions, from, windowMinutes, startedAt);
  const output = watchOutput(io, wish);
  const problems = new Map<string, HubProblem>();
  /** Partitions that were read at least once. */
  const attached = new Set<string>();
  const rate = rateOver(RATE_OVER_MS);

  reader.read(from, {
    onEvents: (partition, events, end) => {
      attached.add(partition);
      problems.delete(partition);
      counts.add(partition, events, end, Date.now());
    },
    onProblem: (partition, problem) => problems.set(partition, problem),
  });

  const momentOf = (now: number): WatchMoment => ({
    ...{ hub: place.eventHub, host: hostIn(place), now, startedAt, windowMinutes },
    requestsPerSecond: rate(now, counts.requests),
    problems: sentencesOn(problems, wish),
  });
  const isComplete = () =>
    isOnce && reader.partitions.every(({ id, last }) => last === undefined || counts.hasRead(id, last.sequenceNumber));
  const endAt = startedAt + Math.min(endAfterMs ?? Number.POSITIVE_INFINITY, isOnce ? ONCE_WITHIN_MS : Infinity);
  let shownAt = startedAt;
  let toldAt = startedAt;
  let told = '';
  for (let now = startedAt; !stopped.aborted && now < endAt && !isComplete(); now = Date.now()) {
    const problem = problemOfAll(problems, reader.partitions.length - attached.size);
    if (attached.size === 0 && problem) throw new CliError(`the event hub cannot be read: ${adviceTo(problem, wish)}`);
    if (!isOnce && now - shownAt >= output.everyMs) {
      output.show(counts.view(now), momentOf(now));
      shownAt = now;
    }
    // Partitions fail and recover one after the other, and are told of together.
    const news = sentencesOn(problems, wish).join(' ');
    if (news !== told && now - toldAt >= TELL_EVERY_MS) {
      output.tell(news === '' ? 'All partitions are read again.' : news);
      [told, toldAt] = [news, now];
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: stopped }).catch(() => {});
  }
  const now = Date.now();
  output.finish(counts.view(now), momentOf(now));
}

/** What keeps every partition from being read, and will not pass by waiting. */
function problemOfAll(problems: ReadonlyMap<string, HubProblem>, partitions: number): HubProblem | undefined {
  const all = [...problems.values()];
  return all.length >= partitions && all.every(isLasting) ? all[0] : undefined;
}

/** A sentence for each problem, with the partitions that have it. */
function sentencesOn(problems: ReadonlyMap<string, HubProblem>, wish: Wish): readonly string[] {
  const partitions = new Map<HubProblem, string[]>();
  for (const [partition, problem] of problems) {
    partitions.set(problem, [...(partitions.get(problem) ?? []), partition]);
  }
  return [...partitions].map(([problem, ids]) => `Not read: partition ${ids.join(', ')}: ${adviceTo(problem, wish)}.`);
}

/** Once the hub itself has answered, what does not exist can only be the consumer group. */
function adviceTo(problem: HubProblem, { place, consumerGroup }: Wish): string {
  if (problem !== 'no-such-entity') return adviceOn(problem, place, 'read');
  return `${place.eventHub} has no consumer group ${consumerGroup}; make it with az eventhubs eventhub consumer-group create, or name another`;
}

/** Tells how much was counted a second, over the last so many milliseconds. */
function rateOver(spanMs: number): (now: number, total: number) => number | undefined {
  const samples: { readonly at: number; readonly total: number }[] = [];
  return (now, total) => {
    samples.push({ at: now, total });
    while (samples.length > 2 && now - (samples[1]?.at ?? now) >= spanMs) samples.shift();
    const [first] = samples;
    return first && now > first.at ? ((total - first.total) * 1_000) / (now - first.at) : undefined;
  };
}

function readUsage(args: readonly string[], io: Io): Wish {
  refuseKeysIn(args);
  const values = parse(args);
  const { once: isOnce = false, json = false, color } = values;
  const time = (name: 'since' | 'window' | 'for' | 'interval', minMs: number, maxMs: number) => {
    const text = values[name];
    return text === undefined ? undefined : durationFrom(`--${name}`, text, { minMs, maxMs });
  };
  const since = time('since', 1_000, MAX_SINCE_MS);
  const windowMs = time('window', 60_000, MAX_WINDOW_MS);
  const shown = windowMs ?? Math.min(MAX_WINDOW_MS, Math.max(DEFAULT_WINDOW_MS, wholeMinutes(since ?? 0)));
  const consumerGroup = values['consumer-group'] ?? '$Default';
  if (!/^[a-z0-9$][a-z0-9$._-]{0,49}$/i.test(consumerGroup))
    throw new CliError('--consumer-group takes the name of a consumer group');
  return {
    place: hubPlaceFrom('watch', values, io),
    consumerGroup,
    sinceMs: since ?? (isOnce ? shown : undefined),
    windowMs: wholeMinutes(shown),
    isOnce,
    endAfterMs: time('for', 1_000, MAX_SINCE_MS),
    intervalMs: time('interval', 1_000, 3_600_000) ?? DEFAULT_INTERVAL_MS,
    json,
    color,
  };
}

function wholeMinutes(ms: number): number {
  return Math.ceil(ms / 60_000) * 60_000;
}

function parse(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options,
      allowPositionals: true,
      allowNegative: true,
    });
    if (positionals.length > 0) throw new CliError(`watch takes no ${positionals[0]}; see watch --help`);
    return values;
  } catch (error) {
    throw error instanceof CliError ? error : usageError(error, 'watch');
  }
}
