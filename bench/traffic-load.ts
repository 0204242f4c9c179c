import { clearBatch, newBatch } from '../src/traffic/batch.ts';
import { Scanner } from '../src/traffic/scan.ts';
import { ENQUEUED_AT, makeMessages } from './traffic-messages.ts';
import { RowStore } from './traffic-store.ts';

/**
 * Scans and folds as many records as the argument says, in a process of its own, and prints what that took as one line
 * of JSON. Messages come from a rotating pool, so that memory is the product's and not that of the input.
 */
const RECORDS_A_MESSAGE = 100;
const MESSAGES_A_BATCH = 100;

const wanted = Number(process.argv[2]);
const pool = makeMessages(200, RECORDS_A_MESSAGE);
const scanner = new Scanner();
const batch = newBatch();
const store = new RowStore();

const startedAt = performance.now();
const startedCpu = process.cpuUsage();
let sequenceNumber = 0;
for (let read = 0; read < wanted; ) {
  clearBatch(batch);
  for (let index = 0; index < MESSAGES_A_BATCH && read < wanted; index += 1) {
    const bytes = pool[sequenceNumber % pool.length] as Uint8Array;
    scanner.scanMessage(batch, bytes, { sequenceNumber, enqueuedAt: ENQUEUED_AT });
    sequenceNumber += 1;
    read += RECORDS_A_MESSAGE;
  }
  store.fold(batch);
}
const { user, system } = process.cpuUsage(startedCpu);
const measured = {
  wallMs: performance.now() - startedAt,
  cpuMs: (user + system) / 1_000,
  peakRssMb: process.resourceUsage().maxRSS / 1_024,
};
process.stdout.write(`${JSON.stringify(measured)}\n`);
