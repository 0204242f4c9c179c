import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from '../scripts/build.ts';

/** What start-up may take, as ratios of one run. */
const AT_MOST_OF_BARE = 2.5;
const AT_MOST_OF_SOURCES = 0.2;

const project = join(import.meta.dirname, '..');
const loader = join(import.meta.dirname, 'start-up-load.js');

/**
 * Loads the built functions as the worker does, against a bare Node.js, and against the sources with every SDK that they
 * use loaded at once: an app that is not bundled and imports at the top of its files what it needs. The three take turns,
 * because the machine is shared and its speed comes and goes.
 */
export async function benchStartUp(isQuick: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'start-up-'));
  try {
    await build({ root: project, outdir: folder });
    const built = globSync('functions/*.js', { cwd: folder }).map((file) => join(folder, file));
    const runs = {
      bare: ['-e', '0'],
      built: [loader, ...built],
      sources: [loader, ...sources(), ...sdks()],
    };
    const times = measure(runs, isQuick ? 5 : 21);
    const ofBare = times.built / times.bare;
    const ofSources = times.built / times.sources;
    print('Start-up: loading all functions, medians of runs that take turns');
    print(`  bare Node.js          ${times.bare.toFixed(0)} ms`);
    print(`  the built functions   ${times.built.toFixed(0)} ms`);
    print(`  sources and all SDKs  ${times.sources.toFixed(0)} ms`);
    print(`  built of bare         ${ofBare.toFixed(2)}, ${limit(ofBare, AT_MOST_OF_BARE)}`);
    print(`  built of sources      ${ofSources.toFixed(3)}, ${limit(ofSources, AT_MOST_OF_SOURCES)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function limit(ratio: number, atMost: number): string {
  return ratio <= atMost ? `within ${atMost}` : `MORE THAN ${atMost}`;
}

/** The functions, and what each of them imports when it is first called. */
function sources(): readonly string[] {
  const functions = globSync('functions/*.ts', { cwd: project }).map((file) => join(project, file));
  const handlers = functions.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/import\('([^']+)'\)/g)].map(([, path = '']) =>
      resolve(project, 'functions', path),
    ),
  );
  return [...functions, ...new Set(handlers)];
}

function sdks(): readonly string[] {
  const { dependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return Object.keys(dependencies).filter((name) => name.startsWith('@azure/'));
}

/** Median milliseconds from the start of a process to its end. */
function measure<Name extends string>(
  runs: Readonly<Record<Name, readonly string[]>>,
  rounds: number,
): Record<Name, number> {
  const names = Object.keys(runs) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const name of names) {
      const startedAt = performance.now();
      const run = spawnSync(process.execPath, runs[name], { env: { PATH: process.env.PATH }, encoding: 'utf8' });
      const tookMs = performance.now() - startedAt;
      if (run.status !== 0) throw new Error(`Loading "${name}" failed: ${run.stderr.slice(0, 500)}`);
      // The first round only brings the files into memory.
      if (round >= 0) times.get(name)?.push(tookMs);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name) ?? [])])) as Record<Name, number>;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
