import { availableParallelism } from 'node:os';
import { startAzurite } from '../src/local/azurite.ts';
import { startEventHubs } from '../src/simulator/event-hubs/event-hubs.ts';
import { differencesOf, runScaleOut } from './scale-out-run.ts';
import { ENQUEUED_AT, makeMessages } from './traffic-messages.ts';

const PARTITIONS = 8;
const PROCESSES = [1, 2, 4];
const WITHIN_MS = 300_000;

export interface ScaleOutSizes {
  /** Messages while all are well, and while one dies. */
  readonly calmMessages: number;
  readonly deadlyMessages: number;
  readonly recordsPerMessage: number;
}

export const SCALE_OUT_SIZES: ScaleOutSizes = { calmMessages: 1_200, deadlyMessages: 400, recordsPerMessage: 50 };
export const QUICK_SCALE_OUT_SIZES: ScaleOutSizes = { calmMessages: 400, deadlyMessages: 200, recordsPerMessage: 20 };

/**
 * The stream read by one, two and four processes that share the partitions of a hub through the real client, its
 * checkpoints and the product's table. In each run one of them is killed in the middle of a batch. What counts is that
 * every count is exact; how much faster several are depends on the processors that they, the hub and the storage share.
 */
export async function benchScaleOut(sizes: ScaleOutSizes): Promise<void> {
  const { calmMessages, deadlyMessages, recordsPerMessage } = sizes;
  const messages = makeMessages(calmMessages + deadlyMessages, recordsPerMessage);
  const [calm, deadly] = [messages.slice(0, calmMessages), messages.slice(calmMessages)];
  const nameOf = (processes: number) => `logs-${processes}`;
  const azurite = await startAzurite();
  const hubs = await startEventHubs({
    hubs: PROCESSES.map((processes) => ({ name: nameOf(processes), partitions: PARTITIONS })),
    // The messages are always the same, and so is the time that they arrive at.
    now: () => new Date(ENQUEUED_AT),
  });
  print(
    `Scale-out: ${messages.length} messages of ${recordsPerMessage} records, ${PARTITIONS} partitions, on ${availableParallelism()} processors shared with the hub and the storage`,
  );
  try {
    let alone: number | undefined;
    for (const processes of PROCESSES) {
      const result = await runScaleOut({
        ...{ hubs, storage: azurite.connectionString, hub: nameOf(processes), partitions: PARTITIONS },
        ...{ processes, calm, deadly, withinMs: WITHIN_MS },
      });
      const differences = differencesOf(result);
      const counted = [...result.counted.values()].reduce((sum, count) => sum + count, 0);
      const speed = calmMessages / result.calmMs;
      alone ??= speed;
      const writes = (result.rowsWritten / (messages.length * recordsPerMessage)) * 10_000;
      print(`  ${processes} ${processes === 1 ? 'process' : 'processes'}`);
      print(`    ${result.death.split(' Its last words')[0]}`);
      print(
        `    requests sent ${result.records}, counted ${counted}: ${differences.length === 0 ? 'every count is exact' : `WRONG in ${differences.length} places, such as ${differences[0]}`}`,
      );
      print(
        `    messages handed out again and folded out: ${result.repeated} or more; all counted ${(result.recoveryMs / 1_000).toFixed(1)} s after the death`,
      );
      print(
        `    storage writes for 10,000 records: ${writes.toFixed(1)} in batches of ${((messages.length * recordsPerMessage) / result.batches).toFixed(0)} records, ledgers included; ${result.conflicts} came too late`,
      );
      print(`    throughput against one process: ${(speed / alone).toFixed(2)}`);
      if (differences.length > 0) process.exitCode = 1;
    }
  } finally {
    await hubs.close();
    await azurite.stop();
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

if (import.meta.main) {
  const [calmMessages, deadlyMessages, recordsPerMessage] = process.argv.slice(2).map(Number);
  await benchScaleOut({
    calmMessages: calmMessages || SCALE_OUT_SIZES.calmMessages,
    deadlyMessages: deadlyMessages || SCALE_OUT_SIZES.deadlyMessages,
    recordsPerMessage: recordsPerMessage || SCALE_OUT_SIZES.recordsPerMessage,
  });
}
