import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { playDrill } from '../src/local/drill.ts';
import { createSupervisor } from '../src/local/processes.ts';
import { makeBuild, startStack } from '../src/local/stack.ts';
import { isScenarioName, type ScenarioName } from '../src/simulator/scenarios/index.ts';

/**
 * Plays drills and prints what one incident asks of Azure, counted in the host's own process: `npm run count-calls`. It is
 * where the numbers of docs/costs.md come from.
 */
const DRILLS: readonly ScenarioName[] = ['wrong-port', 'empty-pool', 'backend-nsg', 'one-member-down', 'green-so-far'];

interface Row {
  readonly [what: string]: number | string;
}

async function countDrill(scenario: ScenarioName, build: string): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'count-calls-'));
  const file = join(folder, 'counts.json');
  const supervisor = createSupervisor();
  const preload = pathToFileURL(join(import.meta.dirname, 'count-calls-preload.js')).href;
  let origins = { blob: '', queue: '', table: '' };
  try {
    const stack = await startStack(supervisor, {
      scenario,
      port: 0,
      build,
      settings: () => ({ NODE_OPTIONS: `--import ${preload}`, COUNT_CALLS_FILE: file }),
    });
    origins = originsIn(stack.settings.AzureWebJobsStorage ?? '');
    const { report } = await playDrill(stack);
    await supervisor.stop();
    const counts = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, number>>;
    return { drill: scenario, rounds: report.rounds.length, ...classify(counts, origins) };
  } finally {
    await supervisor.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function classify(counts: Readonly<Record<string, number>>, origins: Readonly<Record<string, string>>): Row {
  const sum: Record<string, number> = {
    'ARM calls': 0,
    'log queries': 0,
    'table reads': 0,
    'table writes': 0,
    'blob reads': 0,
    'blob writes': 0,
    'queue sends, deletes': 0,
    'queue polls': 0,
    'sent to sinks': 0,
  };
  for (const [key, count] of Object.entries(counts)) {
    const what = kindOf(key, origins);
    if (what !== undefined) sum[what] = (sum[what] ?? 0) + count;
  }
  return sum;
}

function kindOf(key: string, origins: Readonly<Record<string, string>>): string | undefined {
  const [method = '', origin = '', path = '', container] = key.split(' ');
  // Made once for each process, not for each incident.
  if (container !== undefined || /\/Tables$/.test(path)) return undefined;
  if (origin === origins.table) return method === 'GET' ? 'table reads' : 'table writes';
  if (origin === origins.blob) return method === 'GET' || method === 'HEAD' ? 'blob reads' : 'blob writes';
  if (origin === origins.queue) {
    if (!path.includes('/messages')) return undefined;
    return method === 'GET' ? 'queue polls' : 'queue sends, deletes';
  }
  if (/^\/(slack|teams|pagerduty|webhook)/.test(path)) return 'sent to sinks';
  if (/^\/v1\/.+\/query$/.test(path)) return 'log queries';
  return /^\/(subscriptions|providers)\//.test(path) ? 'ARM calls' : undefined;
}

function originsIn(connection: string): Record<'blob' | 'queue' | 'table', string> {
  const origin = (service: string) =>
    new URL(new RegExp(`${service}Endpoint=([^;]+)`).exec(connection)?.[1] ?? 'http://nowhere.invalid').origin;
  return { blob: origin('Blob'), queue: origin('Queue'), table: origin('Table') };
}

const { positionals } = parseArgs({ allowPositionals: true });
const wanted = positionals.length === 0 ? DRILLS : positionals.filter(isScenarioName);
const { build, stop } = await makeBuild();
try {
  const rows: Row[] = [];
  for (const scenario of wanted) rows.push(await countDrill(scenario, build));
  const columns = Object.keys(rows[0] ?? {});
  process.stdout.write(`| ${columns.join(' | ')} |\n|${columns.map(() => '---').join('|')}|\n`);
  for (const row of rows) process.stdout.write(`| ${columns.map((column) => row[column]).join(' | ')} |\n`);
} finally {
  await stop();
}
process.exit();
