import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Batch, clearBatch, newBatch } from '../src/traffic/batch.ts';
import { Fields } from '../src/traffic/fields.ts';
import { planRows } from '../src/traffic/fold.ts';
import { jsonBytes } from '../src/traffic/json-bytes.ts';
import { addLatency, newLatency } from '../src/traffic/latency.ts';
import { parseMessage } from '../src/traffic/parse.ts';
import { Scanner } from '../src/traffic/scan.ts';
import { Baseline, parseOnly } from './traffic-baseline.ts';
import { ENQUEUED_AT, makeMessages } from './traffic-messages.ts';
import { RowStore } from './traffic-store.ts';

const RECORDS_A_MESSAGE = 100;
const MESSAGES_A_BATCH = 100;

/** The scanner and the windows, against JSON.parse and the same windows, in one process and one thread. */
export function benchSpeed(isQuick: boolean): void {
  const messages = makeMessages(MESSAGES_A_BATCH * (isQuick ? 1 : 2), RECORDS_A_MESSAGE);
  const records = messages.length * RECORDS_A_MESSAGE;
  const bytes = messages.reduce((sum, message) => sum + message.length, 0);
  print(`Speed: ${records} records of ${Math.round(bytes / records)} bytes, in messages of ${RECORDS_A_MESSAGE}`);
  assertSame(messages);

  const scanning = scannerOver(messages);
  const parsing = baselineOver(messages);
  const batch = newBatch();
  const planned = newBatch();
  const scanner = new Scanner();
  for (const [index, message] of messages.entries()) scanner.scanMessage(planned, message, originOf(index));
  const runs = {
    newlines: () => messages.reduce((sum, message) => sum + countNewlines(message), 0),
    bytes: () => messages.reduce((sum, message) => sum + sumBytes(message), 0),
    decode: () => messages.reduce((sum, message) => sum + decoder.decode(message).length, 0),
    parse: () => messages.reduce((sum, message) => sum + parseOnly(message), 0),
    parseAndFold: parsing,
    scanAndFold: scanning,
    walk: walkOver(messages),
    scan: () => {
      clearBatch(batch);
      for (const [index, message] of messages.entries()) scanner.scanMessage(batch, message, originOf(index));
      return batch.records.length;
    },
    plan: () => planRows(planned).order.length,
    planAndFold: () => new RowStore().fold(planned),
    sketch: sketchOver(planned),
  };
  const nsPerRecord = measure(runs, isQuick ? 7 : 21, records);
  const inFull = measure({ parseInFull: fullyParsing(messages.slice(0, 10)) }, 3, 10 * RECORDS_A_MESSAGE).parseInFull;
  const line = (name: string, ns: number, note = '') =>
    print(`  ${name.padEnd(44)}${Math.round(ns).toString().padStart(7)} ns a record ${note}`);
  const { newlines, parse, parseAndFold, scanAndFold, walk, scan, plan, planAndFold, sketch } = nsPerRecord;
  line('reading the bytes once, native (indexOf)', newlines);
  line('reading the bytes once, in a loop', nsPerRecord.bytes);
  line('decoding them to text', nsPerRecord.decode);
  line('JSON.parse alone', parse);
  line('JSON.parse and the same windows', parseAndFold);
  line('the full reading, without windows', inFull, '(what the scanner falls back to)');
  line('scanner and windows', scanAndFold);
  print('  of which, each measured by itself');
  line('  walking over the bytes', walk);
  line('  reading values, interning names', scan - walk);
  line('  sorting by row', plan);
  line('  folding, without sketches', planAndFold - plan - sketch);
  line('  sketches', sketch);
  print(
    `  scanner and windows against JSON.parse and the same windows: ${ratio(parseAndFold, scanAndFold)} (wanted: 1.5 or more)`,
  );
  print(`  scanner and windows against JSON.parse alone:                ${ratio(parse, scanAndFold)}`);
  print(
    `  distance to reading the bytes once, in a loop and native:    ${ratio(scanAndFold, nsPerRecord.bytes)} and ${ratio(scanAndFold, newlines)}`,
  );
}

/** Time and memory as the number of records grows, each in a process of its own, in turns. */
export function benchGrowth(isQuick: boolean): void {
  const [few, many] = isQuick ? [200_000, 2_000_000] : [1_000_000, 10_000_000];
  print(`Growth: ${many} records against ${few}, each in a process of its own`);
  const rounds = isQuick ? 1 : 3;
  const small: Load[] = [];
  const large: Load[] = [];
  for (let round = 0; round < rounds; round += 1) {
    small.push(load(few));
    large.push(load(many));
    small.push(load(few));
  }
  const compare = (name: string, pick: (load: Load) => number, unit: string, wanted: string) => {
    const [one, ten] = [median(small.map(pick)), median(large.map(pick))];
    print(
      `  ${name.padEnd(20)}${one.toFixed(0).padStart(8)} ${unit} -> ${ten.toFixed(0).padStart(8)} ${unit}: ${ratio(ten, one)} ${wanted}`,
    );
  };
  compare('time', ({ wallMs }) => wallMs, 'ms', '(wanted: 10.5 or less)');
  compare('time of processor', ({ cpuMs }) => cpuMs, 'ms', '');
  compare('peak memory (RSS)', ({ peakRssMb }) => peakRssMb, 'MB', '(wanted: 1.20 or less)');
}

/** How much would be written. */
export function benchRows(): void {
  const messages = makeMessages(200, RECORDS_A_MESSAGE);
  const store = new RowStore();
  const batch = newBatch();
  const scanner = new Scanner();
  for (const [index, message] of messages.entries()) {
    if (index % MESSAGES_A_BATCH === 0) clearBatch(batch);
    scanner.scanMessage(batch, message, originOf(index));
    if (index % MESSAGES_A_BATCH === MESSAGES_A_BATCH - 1) store.fold(batch);
  }
  const records = messages.length * RECORDS_A_MESSAGE;
  const sizes = store.sizes();
  const kilobytes = (size = 0) => `${(size / 1_024).toFixed(1)} KB`;
  print('Rows: two gateways, four pools, ten minutes of traffic');
  print(
    `  rows touched for 10,000 records: ${((store.touched / records) * 10_000).toFixed(1)}, and one of the ledger for each batch`,
  );
  print(
    `  size of a row: ${kilobytes(sizes[Math.floor(sizes.length / 2)])} in the middle, ${kilobytes(sizes.at(-1))} at most`,
  );
}

const decoder = new TextDecoder();

function originOf(sequenceNumber: number) {
  return { sequenceNumber, enqueuedAt: ENQUEUED_AT };
}

/** Reads the messages batch by batch into fresh rows, so that every run does the same. */
function over(messages: readonly Uint8Array[], read: (batch: Batch, message: Uint8Array, index: number) => void) {
  const batch = newBatch();
  return () => {
    const store = new RowStore();
    for (let from = 0; from < messages.length; from += MESSAGES_A_BATCH) {
      clearBatch(batch);
      for (let index = from; index < from + MESSAGES_A_BATCH; index += 1)
        read(batch, messages[index] as Uint8Array, index);
      store.fold(batch);
    }
    return store;
  };
}

function scannerOver(messages: readonly Uint8Array[]) {
  const scanner = new Scanner();
  return over(messages, (batch, message, index) => void scanner.scanMessage(batch, message, originOf(index)));
}

function baselineOver(messages: readonly Uint8Array[]) {
  const baseline = new Baseline();
  return over(messages, (batch, message, index) => baseline.read(batch, message, index, ENQUEUED_AT));
}

function fullyParsing(messages: readonly Uint8Array[]) {
  return () => {
    const batch = newBatch();
    for (const [index, message] of messages.entries()) parseMessage(batch, message, originOf(index));
    return batch.records.length;
  };
}

/** Only finds where the fields stand. Every record starts with an opening brace at a known place. */
function walkOver(messages: readonly Uint8Array[]) {
  const layouts = [new Fields(), new Fields()];
  return () => {
    let walked = 0;
    for (const message of messages) {
      const json = jsonBytes(message);
      for (const fields of layouts) fields.begin();
      for (let at = '{"records":['.length; at < message.length - 2; ) {
        let after = -1;
        for (const fields of layouts) if (after < 0) after = fields.compare(json, at);
        if (after < 0) {
          walked += 1;
          after = (layouts[walked % 2] as Fields).walk(json, at);
        }
        at = after + 1;
      }
    }
    return walked;
  };
}

function sketchOver({ records }: Batch) {
  return () => {
    const sketches = Array.from({ length: 16 }, newLatency);
    for (let index = 0; index < records.length; index += 1)
      addLatency(sketches[index & 15] as ReturnType<typeof newLatency>, records.timeTaken[index] as number);
    return sketches.length;
  };
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

function sumBytes(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 1) sum = (sum + (bytes[at] as number)) | 0;
  return sum;
}

function assertSame(messages: readonly Uint8Array[]): void {
  const contents = (read: () => RowStore) => JSON.stringify(read().contents());
  const full = over(messages, (batch, message, index) => void parseMessage(batch, message, originOf(index)));
  const scanned = contents(scannerOver(messages));
  if (scanned !== contents(baselineOver(messages)) || scanned !== contents(full))
    throw new Error('The readings differ: a comparison of their speeds would mean nothing.');
  print('  the scanner, JSON.parse by hand and the full reading come to the same rows');
}

/** Median nanoseconds a record of each, measured in turns, because the machine is shared and its speed comes and goes. */
function measure<Name extends string>(runs: Readonly<Record<Name, () => unknown>>, rounds: number, records: number) {
  const names = Object.keys(runs) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (const name of names) {
    // The compiler works beside the thread, so it is given time and not a number of rounds.
    for (const until = performance.now() + WARM_UP_MS; performance.now() < until; ) runs[name]();
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const name of names) {
      const startedAt = performance.now();
      runs[name]();
      times.get(name)?.push(performance.now() - startedAt);
    }
  }
  return Object.fromEntries(names.map((name) => [name, (median(times.get(name) ?? []) * 1e6) / records])) as Record<
    Name,
    number
  >;
}

const WARM_UP_MS = 1_500;

interface Load {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakRssMb: number;
}

function load(records: number): Load {
  const script = join(import.meta.dirname, 'traffic-load.ts');
  const run = spawnSync(process.execPath, [script, String(records)], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`The process for ${records} records failed: ${run.stderr}`);
  return JSON.parse(run.stdout) as Load;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function ratio(left: number, right: number): string {
  return (left / right).toFixed(2);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
