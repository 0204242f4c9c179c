import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { hubProblemOf } from '../../platform/event-hub-problem.ts';
import type { HubWriter } from '../../platform/event-hub-writer.ts';
import type { EventHubPlace } from '../../sinks/sink.ts';
import { CliError, type Command, type Io } from '../command.ts';
import { adviceOn, hubPlaceFrom, placeHelp, refuseKeysIn } from '../hub-place.ts';
import { itemsOf, type ReplaySource, replaySources } from '../replay-input.ts';
import { lettersJson, lettersLines, replayLetters } from '../replay-letters.ts';
import { partsOf, type ReplayPart } from '../replay-parts.ts';
import { isWhole, newProgress, type ReplayReport, replayJson, replayLines } from '../replay-report.ts';
import { ReplaySender } from '../replay-sender.ts';
import { newestTimeIn, shiftTimes } from '../replay-times.ts';
import { stopOnSignals } from '../stopping.ts';
import { openStores } from '../stores.ts';
import { plainLine } from '../terminal-text.ts';
import { usageError } from '../usage.ts';

const help = `Usage: appgw-triage replay <file|folder|-> --namespace HOST --hub NAME [options]
       appgw-triage replay --dead-letters --namespace HOST --hub NAME [options]

Publishes captured logs to an event hub: messages ({"records":[...]}) as they
are, records put into messages. Files hold one document, or one a line, as the
blobs that a diagnostic setting writes to a storage account (PT1H.json); .gz is
unpacked. In a folder, all *.json, *.ndjson, *.jsonl and *.log are taken.

Options:
${placeHelp}
  --shift-to-now    move all times so that the newest is now; without it,
                    readers count old records as late and in no minute
  --rate N          records a second at most; default: as fast as the hub takes
  --skip N          leave out the first N items: the lines of the files, or the
                    elements of their lists, as an earlier run counted them
  --dry-run         read everything, send nothing
  --dead-letters    send again what the access-log function could not read, from
                    the storage of an installation, and delete each message
                    there once the hub has it: set AzureWebJobsStorage, or
                    AzureWebJobsStorage__accountName after az login
  --json            the report as one JSON object
  -h, --help        show this help

Ctrl-C sends what is in hand, and says where to go on.

Exit code: 0 when all was sent; 1 when something was left out, or it was
stopped; 2 when the input cannot be read or the hub did not take it.

Examples:
  appgw-triage replay PT1H.json --dry-run
  appgw-triage replay captured/ --namespace logs.servicebus.windows.net \\
    --hub appgw-test --shift-to-now --rate 500
`;

export const replay = { help, run } satisfies Command;

const options = {
  namespace: { type: 'string' },
  hub: { type: 'string' },
  'shift-to-now': { type: 'boolean' },
  rate: { type: 'string' },
  skip: { type: 'string' },
  'dry-run': { type: 'boolean' },
  'dead-letters': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

interface Wish {
  /** Undefined for the dead letters. */
  readonly path: string | undefined;
  /** Undefined only where nothing is sent. */
  readonly place: EventHubPlace | undefined;
  readonly isShifted: boolean;
  readonly recordsPerSecond: number;
  readonly skip: number;
  readonly isDryRun: boolean;
  readonly json: boolean;
}

/** Something was left out, or it was stopped. */
const EXIT_INCOMPLETE = 1;
/** What the standard tier takes. */
const DRY_RUN_LIMIT_BYTES = 1024 * 1024;

async function run(args: readonly string[], io: Io): Promise<void> {
  const wish = readUsage(args, io);
  const stopping = stopOnSignals();
  let writer: HubWriter | undefined;
  try {
    writer = await openWriter(wish, io);
    const way = { writer, stopped: stopping.signal, pace: paceOf(wish.recordsPerSecond, stopping.signal) };
    if (wish.path === undefined) await sendLetters(wish, way, io);
    else await sendFiles({ ...wish, path: wish.path }, way, io);
  } finally {
    await writer?.close();
    stopping.release();
  }
}

interface Way {
  readonly writer: HubWriter;
  readonly stopped: AbortSignal;
  readonly pace: (records: number) => Promise<void>;
}

async function sendFiles(wish: Wish & { readonly path: string }, way: Way, io: Io): Promise<void> {
  const report = await replayFiles(wish, way, io);
  io.stdout.write(wish.json ? `${JSON.stringify(replayJson(report))}\n` : linesOf(replayLines(report)));
  if (!isWhole(report)) process.exitCode = EXIT_INCOMPLETE;
  if (report.failure) throw report.failure;
}

async function replayFiles(
  { path, skip, isDryRun, isShifted, recordsPerSecond, place }: Wish & { readonly path: string },
  { writer, stopped, pace }: Way,
  io: Io,
): Promise<ReplayReport> {
  const sources = await replaySources(path, io, isShifted);
  const shiftMs = isShifted ? Date.now() - (await newestTime(sources, stopped)) : 0;
  // At a rate, batches stay small enough to come evenly.
  const recordsPerBatch = Math.max(1, Math.ceil(recordsPerSecond / 2));
  const sender = new ReplaySender(writer, skip, { recordsPerBatch, pace });
  const read = { items: 0, broken: 0, foreign: 0 };
  const progress = newProgress(io);
  let failure: CliError | undefined;
  try {
    for (const source of sources) {
      for await (const item of itemsOf(source, stopped)) {
        if (stopped.aborted) break;
        read.items += 1;
        if (read.items <= skip) continue;
        const parts = partsOf(item);
        if ('isBroken' in item) read.broken += 1;
        else if (parts.length === 0) read.foreign += 1;
        await sender.add(shiftMs === 0 ? parts : parts.map((part) => shifted(part, shiftMs)));
        progress.show(read.items, sender.totals);
      }
    }
  } catch (error) {
    failure = failureFrom(error, place);
  }
  // What was read before the input turned out to be damaged, or before Ctrl-C, goes out as well.
  if (sender.totals.uncertainUpTo === undefined) {
    try {
      await sender.finish();
    } catch (error) {
      failure = failureFrom(error, place);
    }
  }
  progress.end();
  const { totals } = sender;
  return { ...read, skip, isDryRun, shiftMs, totals, isStopped: stopped.aborted, failure };
}

function shifted(part: ReplayPart, byMs: number): ReplayPart {
  return { ...part, text: shiftTimes(part.text, byMs) };
}

async function newestTime(sources: readonly ReplaySource[], stopped: AbortSignal): Promise<number> {
  let newest: number | undefined;
  for (const source of sources) {
    for await (const item of itemsOf(source, stopped)) {
      for (const { text } of partsOf(item)) {
        const time = newestTimeIn(text);
        if (time !== undefined && time > (newest ?? Number.NEGATIVE_INFINITY)) newest = time;
      }
    }
  }
  if (newest === undefined) throw new CliError('--shift-to-now finds no time in these logs');
  return newest;
}

function failureFrom(error: unknown, place: EventHubPlace | undefined): CliError {
  if (error instanceof CliError) return error;
  if (place === undefined) throw error;
  return new CliError(`the event hub did not take it: ${adviceOn(hubProblemOf(error), place, 'write')}`);
}

async function sendLetters({ place, isDryRun, json }: Wish, way: Way, io: Io): Promise<void> {
  if (place === undefined) throw new CliError('replay --dead-letters needs --hub also for a dry run');
  const { storage } = await openStores(io);
  const report = await replayLetters(storage, place.eventHub, { ...way, isDryRun });
  io.stdout.write(json ? `${JSON.stringify(lettersJson(report))}\n` : linesOf(lettersLines(report)));
  if (report.sent + report.gone < report.letters.length && !isDryRun) process.exitCode = EXIT_INCOMPLETE;
  if (report.failure !== undefined) throw failureFrom(report.failure, place);
}

function linesOf(lines: readonly string[]): string {
  return lines.map((line) => `${plainLine(line)}\n`).join('');
}

async function openWriter({ place, isDryRun }: Wish, { env }: Io): Promise<HubWriter> {
  if (isDryRun || place === undefined) return dryWriter;
  const { openHubWriter } = await import('../../platform/event-hub-writer.ts');
  return openHubWriter(place, { AZURE_CLIENT_ID: env.AZURE_CLIENT_ID || undefined });
}

/** Takes everything that a hub would take, and sends nothing. */
const dryWriter: HubWriter = {
  openBatch: async () => {
    let room = DRY_RUN_LIMIT_BYTES;
    return {
      tryAdd: (bytes) => {
        if (bytes.length > room) return false;
        room -= bytes.length;
        return true;
      },
      send: async () => {},
    };
  },
  close: async () => {},
};

/** Lets a batch go when those before it have had their time. */
function paceOf(recordsPerSecond: number, stopped: AbortSignal): (records: number) => Promise<void> {
  let nextAt = 0;
  return async (records) => {
    const waitMs = nextAt - Date.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: stopped }).catch(() => {});
    nextAt = Math.max(nextAt, Date.now()) + (records / recordsPerSecond) * 1_000;
  };
}

function readUsage(args: readonly string[], io: Io): Wish {
  refuseKeysIn(args);
  const { values, positionals } = parse(args);
  const { 'dead-letters': isLetters = false, 'dry-run': isDryRun = false, 'shift-to-now': isShifted = false } = values;
  const [path, ...more] = positionals;
  if (more.length > 0) throw new CliError('replay takes one path; put several files into a folder and give that');
  if (isLetters && (path !== undefined || isShifted || values.skip !== undefined))
    throw new CliError('--dead-letters takes no path, no --skip and no --shift-to-now');
  if (!isLetters && path === undefined)
    throw new CliError('replay needs a file, a folder, - for stdin, or --dead-letters; see replay --help');
  // A dry run of files talks to nobody.
  const needsPlace = isLetters || !isDryRun;
  return {
    path,
    place: needsPlace ? hubPlaceFrom('replay', values, io) : undefined,
    isShifted,
    recordsPerSecond: values.rate === undefined ? Number.POSITIVE_INFINITY : wholeNumber('--rate', values.rate, 1),
    skip: values.skip === undefined ? 0 : wholeNumber('--skip', values.skip, 0),
    isDryRun,
    json: values.json ?? false,
  };
}

function wholeNumber(option: string, text: string, least: number): number {
  if (/^\d{1,12}$/.test(text) && Number(text) >= least) return Number(text);
  throw new CliError(`${option} takes a whole number, at least ${least}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw usageError(error, 'replay');
  }
}
