import { parseArgs } from 'node:util';
import { playRealStorm } from './storm-real.ts';
import { playStorm, type Spread, type StormResult } from './storm-virtual.ts';

/**
 * Plays a storm and prints what came of it. Ends with 1 where anything was lost, told twice or told out of order.
 *
 *   node bench/storm.ts                     500 gateways in virtual time, then 60 on real processes
 *   node bench/storm.ts --gateways N        so many in virtual time
 *   node bench/storm.ts --hosts N           instances of the app in virtual time; 2 where absent
 *   node bench/storm.ts --real N            so many on real processes; 0 for none
 */
const { values } = parseArgs({
  options: {
    gateways: { type: 'string', default: '500' },
    hosts: { type: 'string', default: '2' },
    real: { type: 'string', default: '60' },
  },
});

const startedAt = performance.now();
let peakHeap = 0;
const watching = setInterval(() => {
  peakHeap = Math.max(peakHeap, process.memoryUsage().heapUsed);
}, 100);
const plan = { gateways: Number(values.gateways), hosts: Number(values.hosts), subscriptions: 10, seed: 1 };
const storm = await playStorm(plan);
clearInterval(watching);
printVirtual(storm);
let isWrong = storm.problems.length > 0;

if (Number(values.real) > 0) {
  const real = await playRealStorm({ gateways: Number(values.real), hosts: 2 });
  print(
    `\n${values.real} gateways on two hosts, Azurite, Resource Manager and receivers as real processes: ${real.seconds} s`,
  );
  print(`  incidents   ${real.accepted} opened, ${real.resolved} resolved`);
  print(`  taken       ${table(real.taken)}; ${real.repeated} twice`);
  print(
    `  ARM         ${real.arm.calls} calls, ${real.arm.throttled} throttled, at most ${real.arm.mostInTenSeconds} in 10 s`,
  );
  print(`  memory      at most ${real.hostPeakMb.map((mb) => `${mb ?? '?'} MB`).join(' and ')} in a host`);
  for (const problem of real.problems) print(`  WRONG       ${problem}`);
  isWrong ||= real.problems.length > 0;
}
process.exit(isWrong ? 1 : 0);

function printVirtual(result: StormResult): void {
  const { alerts, arm } = result;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  print(`${plan.gateways} gateways, ${plan.hosts} instances, 150 minutes of virtual time in ${seconds} s`);
  print(
    `  alerts      ${alerts.posted} posted, ${alerts.accepted} accepted; ${alerts.refusedFirst} were answered 503 first`,
  );
  print(
    `  incidents   ${result.incidents} opened, ${result.resolved} resolved, after ${result.investigations} readings`,
  );
  print(
    `  messages    ${result.decided} decided = ${sum(result.taken)} taken + ${result.overtaken} overtaken by a later one`,
  );
  print(`  taken       ${table(result.taken)}`);
  print(`  attempts    ${table(result.attempts)}`);
  print(
    `  given up    ${result.deadLetters} dead letters, ${result.poison} poison messages, ${result.leftInQueues} left in queues`,
  );
  print(`  first word  ${spreads(result.firstWordSeconds)}`);
  print(`  the end     ${spreads(result.endSeconds)}`);
  print(
    `  ARM         ${arm.calls} calls, ${arm.throttled} throttled, at most ${arm.mostInTenSeconds} of a subscription in 10 s`,
  );
  print(`  storage     ${result.storageFailures} calls failed`);
  print(
    `  memory      ${Math.round(peakHeap / 1e6)} MB of heap with all stores in it, ${result.mostQueued} messages queued at most, ${result.largestIncidentChars} characters in the largest incident`,
  );
  for (const problem of result.problems.slice(0, 20)) print(`  WRONG       ${problem}`);
}

function spreads(each: Readonly<Record<string, Spread>>): string {
  return Object.entries(each)
    .map(([name, { median, p99, max }]) => `${name} ${median}/${p99}/${max} s`)
    .join(', ')
    .concat(' (median/p99/most)');
}

function table(each: Readonly<Record<string, number>>): string {
  return Object.entries(each)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function sum(each: Readonly<Record<string, number>>): number {
  return Object.values(each).reduce((total, count) => total + count, 0);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
