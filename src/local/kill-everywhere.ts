import { mkdirSync, rmSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { differences, firstOfEachKind, isRead, kindOf, type Life, live, openStage } from './kill-at.ts';

enableCompileCache();

/**
 * Kills the local host at every boundary of an incident's life, once each, and prints what came of it.
 *
 *   node src/local/kill-everywhere.ts               every write, send and queue message; of each kind of read the first
 *   node src/local/kill-everywhere.ts --all         every read as well
 *   node src/local/kill-everywhere.ts --lanes N     so many lives at once; 2 where absent
 *   node src/local/kill-everywhere.ts --every N     only each N-th of them
 */
const { values } = parseArgs({
  options: {
    all: { type: 'boolean', default: false },
    lanes: { type: 'string', default: '2' },
    every: { type: 'string', default: '1' },
  },
});

interface Death {
  readonly boundary: string;
  /** Absent where the life did not come to its end. */
  readonly life?: Life;
  readonly problems: readonly string[];
}

const project = join(import.meta.dirname, '../..');
const dist = join(project, '.local', `run-${process.pid}`, 'dist');
mkdirSync(dist, { recursive: true });
const { build } = await import('../../scripts/build.ts');
await build({ root: project, outdir: dist });
const lanes = Math.max(1, Number(values.lanes) || 2);
const stages = await Promise.all(Array.from({ length: lanes }, (_, index) => openStage({ dist, name: String(index) })));
try {
  const [first] = stages;
  if (!first) throw new Error('There is no lane.');
  const calm = await live(first);
  const firsts = new Set(firstOfEachKind(calm.trace));
  const wanted = calm.trace
    .filter((boundary) => values.all || !isRead(boundary) || firsts.has(boundary))
    .filter((_, index) => index % Math.max(1, Number(values.every) || 1) === 0);
  print(
    `A life without a death passes ${calm.trace.length} boundaries of ${firsts.size} kinds, in ${seconds(calm)} s.`,
  );
  print(`The host is killed at ${wanted.length} of them, one at a time.`);
  const deaths = await dieAt(wanted, calm);
  report(deaths);
  process.exitCode = deaths.some(({ problems }) => problems.length > 0) ? 1 : 0;
} finally {
  for (const stage of stages) await stage.stop();
  rmSync(dist, { recursive: true, force: true });
}
process.exit();

async function dieAt(boundaries: readonly string[], calm: Life): Promise<readonly Death[]> {
  const waiting = [...boundaries];
  const deaths: Death[] = [];
  const work = async (stage: (typeof stages)[number]) => {
    for (let boundary = waiting.shift(); boundary !== undefined; boundary = waiting.shift()) {
      const death = await die(stage, boundary, calm);
      deaths.push(death);
      const repeats = death.life?.repeated.map(({ sink }) => `${sink} twice`) ?? [];
      const notes = [...(death.life?.died === false ? ['not reached'] : []), ...repeats, ...death.problems];
      print(`${String(deaths.length).padStart(4)}/${boundaries.length}  ${boundary}  ${notes.join('; ')}`.trimEnd());
    }
  };
  await Promise.all(stages.map(work));
  return deaths;
}

async function die(stage: (typeof stages)[number], boundary: string, calm: Life): Promise<Death> {
  try {
    const life = await live(stage, boundary);
    return { boundary, life, problems: differences(life, calm) };
  } catch (error) {
    return { boundary, problems: [error instanceof Error ? error.message : String(error)] };
  }
}

function report(deaths: readonly Death[]): void {
  const kinds = Map.groupBy(deaths, ({ boundary }) => kindOf(boundary));
  print(`\n${'killed'.padEnd(56)} lives reached  told twice  wrong`);
  for (const [kind, lives] of kinds) {
    const row = [lives.length, count(lives, isReached), count(lives, isRepeated), count(lives, isWrong)];
    print(`${kind.padEnd(56)} ${row.map((cell, index) => String(cell).padStart([5, 7, 11, 6][index] ?? 0)).join(' ')}`);
  }
  const repeats = deaths.reduce((sum, { life }) => sum + (life?.repeated.length ?? 0), 0);
  print(`
${deaths.length} lives, ${count(deaths, isReached)} deaths, ${count(deaths, isWrong)} that ended otherwise than the calm one.
${repeats} messages were posted twice, in ${count(deaths, isRepeated)} lives; each where the death fell between a send and its ledger entry, unless the life is listed as wrong.`);
}

function isReached({ life }: Death): boolean {
  return life?.died === true;
}

function isRepeated({ life }: Death): boolean {
  return (life?.repeated.length ?? 0) > 0;
}

function isWrong({ problems }: Death): boolean {
  return problems.length > 0;
}

function count(deaths: readonly Death[], fits: (death: Death) => boolean): number {
  return deaths.filter(fits).length;
}

function seconds({ tookMs }: Life): string {
  return (tookMs / 1_000).toFixed(1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
