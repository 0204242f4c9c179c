import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../src/local/processes.ts';
import { digest } from '../src/platform/ports.ts';
import { readSettings } from '../src/platform/settings.ts';
import { openStorage } from '../src/platform/storage.ts';
import { createTrafficTable } from '../src/platform/traffic-table.ts';
import type { EventHubs } from '../src/simulator/event-hubs/event-hubs.ts';
import type { WorkerNews, WorkerTask } from './scale-out-worker.ts';

/** One run: some processes share the partitions of a hub, one dies in the middle of a batch, and another takes its place. */
export interface ScaleOutRun {
  readonly hubs: EventHubs;
  readonly storage: string;
  /** A hub of its own for each run. */
  readonly hub: string;
  readonly partitions: number;
  readonly processes: number;
  /** What is sent while all are well, and what is sent while one dies; both are spread over the partitions. */
  readonly calm: readonly Uint8Array[];
  readonly deadly: readonly Uint8Array[];
  /** Whatever takes longer has come to a stop. */
  readonly withinMs: number;
}

export interface ScaleOutResult {
  /** By gateway, minute, pool, status and error: what was sent, read with JSON.parse, and what the table holds. */
  readonly sent: ReadonlyMap<string, number>;
  readonly counted: ReadonlyMap<string, number>;
  readonly records: number;
  /** From the first message of the calm part to the last one that was counted. */
  readonly calmMs: number;
  /** From the death until everything was counted. */
  readonly recoveryMs: number;
  /** How the process died, in one sentence. */
  readonly death: string;
  /** Messages that were handed to a process again. Those of the batch in which it died are not among them. */
  readonly repeated: number;
  /** Writes of rows and of ledgers, and those that came too late, over all batches that came to their end. */
  readonly rowsWritten: number;
  readonly conflicts: number;
  readonly batches: number;
  readonly problems: readonly string[];
}

const WORKER = join(import.meta.dirname, 'scale-out-worker.ts');
/** Messages that a reader is sent again when it attaches. */
const REPEATED = 20;

export async function runScaleOut(run: ScaleOutRun): Promise<ScaleOutResult> {
  const { hubs, hub, partitions, processes, calm, deadly } = run;
  const fleet = new Fleet(run);
  const deadline = performance.now() + run.withinMs;
  const until = async (what: string, condition: () => boolean) => {
    while (!condition()) {
      if (performance.now() > deadline)
        throw new Error(`The run came to a stop before ${what}. ${fleet.problems.slice(-3).join(' ')}`);
      await sleep(20);
    }
  };
  const next = Array.from({ length: partitions }, () => 0);
  const send = (messages: readonly Uint8Array[]) => {
    for (const [index, message] of messages.entries()) {
      const partition = index % partitions;
      next[partition] = hubs.append(hub, String(partition), message).sequenceNumber + 1;
    }
  };
  const isCounted = () => next.every((count, partition) => (fleet.last.get(String(partition)) ?? -1) >= count - 1);

  try {
    const dieFrom = Math.ceil(calm.length / partitions);
    await fleet.add(1, { dieFrom });
    if (processes > 1) await fleet.add(processes - 1);
    await until('the partitions were shared', () => fleet.isShared(partitions, processes));

    const startedAt = performance.now();
    send(calm);
    await until('the calm part was counted', isCounted);
    const calmMs = performance.now() - startedAt;

    hubs.faults.repeatOnAttach(REPEATED);
    send(deadly);
    const death = await fleet.death();
    const diedAt = performance.now();
    await fleet.add(1);
    await until('everything was counted', isCounted);
    const recoveryMs = performance.now() - diedAt;
    hubs.faults.repeatOnAttach(0);

    const all = [...calm, ...deadly];
    const counted = await countedIn(run);
    const { messages, ...totals } = fleet.totals;
    return {
      sent: sentIn(all),
      counted,
      records: [...sentIn(all).values()].reduce((sum, count) => sum + count, 0),
      calmMs,
      recoveryMs,
      death,
      repeated: Math.max(0, messages - all.length),
      ...totals,
      problems: fleet.problems,
    };
  } finally {
    hubs.faults.repeatOnAttach(0);
    await fleet.stop();
  }
}

/** The processes of a run, and what they say. */
class Fleet {
  readonly #task: WorkerTask;
  readonly #children: Child<true>[] = [];
  readonly #owned = new Map<number, Set<string>>();
  /** The highest number of each partition that was counted. */
  readonly last = new Map<string, number>();
  readonly totals = { messages: 0, rowsWritten: 0, conflicts: 0, batches: 0 };
  readonly problems: string[] = [];

  constructor({ hubs, storage, hub }: ScaleOutRun) {
    this.#task = { hubs: hubs.connectionString, storage, hub, container: `owners-${hub}` };
  }

  async add(count: number, { dieFrom }: Pick<WorkerTask, 'dieFrom'> = {}): Promise<void> {
    const task = { ...this.#task, ...(dieFrom === undefined ? {} : { dieFrom }) };
    const first = this.#children.length;
    const started = Array.from({ length: count }, (_, index) => {
      this.#owned.set(first + index, new Set());
      return startChild<true>({
        name: `Consumer ${first + index}`,
        entry: WORKER,
        args: [JSON.stringify(task)],
        env: { PATH: process.env.PATH },
        readReady: (message) => (message === 'ready' ? true : undefined),
        readyWithinMs: 60_000,
        onLine: (line) => this.#hear(first + index, line),
      });
    });
    this.#children.push(...(await Promise.all(started)));
  }

  /** Whether every partition has one owner, and every process about as many as the others. */
  isShared(partitions: number, processes: number): boolean {
    const sizes = [...this.#owned.values()].map(({ size }) => size);
    return (
      sizes.reduce((sum, size) => sum + size, 0) === partitions &&
      Math.min(...sizes) >= Math.floor(partitions / processes)
    );
  }

  /** How the first process ended. */
  death(): Promise<string> {
    const [first] = this.#children;
    if (!first) throw new Error('Nothing was started.');
    return first.exited;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()));
  }

  #hear(child: number, line: string): void {
    if (!line.startsWith('{"kind"')) {
      this.problems.push(line.slice(0, 200));
      return;
    }
    const news = JSON.parse(line) as WorkerNews;
    if (news.kind === 'owns') this.#owned.get(child)?.add(news.partition);
    else if (news.kind === 'lost') this.#owned.get(child)?.delete(news.partition);
    else if (news.kind === 'problem') this.problems.push(news.text);
    else {
      const { totals } = this;
      totals.messages += news.messages;
      totals.rowsWritten += news.rowsWritten;
      totals.conflicts += news.conflicts;
      totals.batches += 1;
      this.last.set(news.partition, Math.max(news.last, this.last.get(news.partition) ?? -1));
    }
  }
}

interface SentRecord {
  readonly timeStamp: string;
  readonly resourceId: string;
  readonly category: string;
  readonly backendPoolName: string;
  readonly properties: { readonly httpStatus: number; readonly error_info: string };
}

/** What the messages hold, counted without a line of the product's own. */
function sentIn(messages: readonly Uint8Array[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const decoder = new TextDecoder();
  for (const message of messages) {
    const { records } = JSON.parse(decoder.decode(message)) as { readonly records: readonly SentRecord[] };
    for (const { timeStamp, resourceId, category, backendPoolName, properties } of records) {
      if (category !== 'ApplicationGatewayAccessLog') continue;
      const minute = Math.floor(Date.parse(timeStamp) / 60_000);
      const name = [resourceId.toLowerCase(), minute, backendPoolName, properties.httpStatus, properties.error_info];
      add(counts, name.join(' '), 1);
    }
  }
  return counts;
}

/** What the table holds of this run's hub. */
async function countedIn({ storage, hub, calm, deadly }: ScaleOutRun): Promise<ReadonlyMap<string, number>> {
  const store = createTrafficTable(openStorage(readSettings({ AzureWebJobsStorage: storage })), digest);
  const names = [...sentIn([...calm, ...deadly]).keys()].map((name) => name.split(' '));
  const gateways = new Set(names.map(([gateway = '']) => gateway));
  const minutes = names.map(([, minute]) => Number(minute));
  const counts = new Map<string, number>();
  for (const gateway of gateways) {
    for (const row of await store.rowsBetween(gateway, Math.min(...minutes) - 60, Math.max(...minutes) + 60)) {
      if (!row.partition.startsWith(`${hub}/`)) continue;
      for (const { pool, outcomes } of row.targets.values()) {
        for (const { status, errorInfo, count } of outcomes.values())
          add(counts, [row.gateway, row.minute, pool, status, errorInfo].join(' '), count);
      }
      if (row.rest.requests > 0) add(counts, 'without room', row.rest.requests);
    }
  }
  return counts;
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

/** What differs between the two, as far as a person wants to read it; nothing where they are equal. */
export function differencesOf({ sent, counted }: Pick<ScaleOutResult, 'sent' | 'counted'>): readonly string[] {
  const names = new Set([...sent.keys(), ...counted.keys()]);
  return [...names]
    .filter((name) => sent.get(name) !== counted.get(name))
    .map((name) => `${name}: sent ${sent.get(name) ?? 0}, counted ${counted.get(name) ?? 0}`);
}
