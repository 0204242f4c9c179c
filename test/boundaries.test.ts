import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';

/** The lint rules that keep the house in order are themselves tested: a rule that matches nothing would never fail. */
const root = fileURLToPath(new URL('../', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'boundaries-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
cpSync(join(root, 'biome.json'), join(scratch, 'biome.json'));
cpSync(join(root, 'lint'), join(scratch, 'lint'), { recursive: true });

/** The boundary rules that a piece of code offends, were it to stand at that path. */
function offences(path: string, code: string): readonly string[] {
  const file = join(scratch, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, code);
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const run = spawnSync(process.execPath, [biome, 'lint', '--colors=off', path], { cwd: scratch, encoding: 'utf8' });
  rmSync(file);
  const output = run.stdout + run.stderr;
  expect(output).toContain('Checked 1 file');
  return [...output.matchAll(/noRestrictedImports|noRestrictedGlobals|no clock and no chance/g)].map(([rule]) => rule);
}

const forbidden = [
  ['src/core/x.ts', "import { rules } from '../causes/index.ts';\nexport const x = rules;\n"],
  ['src/core/x.ts', "import { TableClient } from '@azure/data-tables';\nexport const x = TableClient;\n"],
  ['src/core/x.ts', "import { sign } from '../reasoning/from-health.ts';\nexport const x = sign;\n"],
  ['src/reasoning/x.ts', "import { rules } from '../causes/index.ts';\nexport const x = rules;\n"],
  ['src/reasoning/x.ts', 'export const x = Date.now();\n'],
  ['src/causes/x/rule.ts', "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n"],
  ['src/causes/x/rule.ts', "import { sinks } from '../../sinks/index.ts';\nexport const x = sinks;\n"],
  ['src/causes/x/rule.ts', 'export const x = Date.now();\n'],
  ['src/causes/x/rule.ts', 'export const x = new Date();\n'],
  ['src/prevention/checks/x.ts', "import { rules } from '../../causes/index.ts';\nexport const x = rules;\n"],
  ['src/prevention/checks/x.ts', 'export const x = Date.now();\n'],
  ['src/signals/x.ts', 'export const x = Math.random();\n'],
  ['src/signals/x.ts', 'export const x = process.env.SECRET;\n'],
  ['src/traffic/x.ts', "import { TableClient } from '@azure/data-tables';\nexport const x = TableClient;\n"],
  ['src/traffic/x.ts', "import { sweep } from '../app/sweep.ts';\nexport const x = sweep;\n"],
  ['src/traffic/x.ts', 'export const x = Date.now();\n'],
  [
    'src/doctor/checks/x.ts',
    "import { createDoctor } from '../../platform/doctor-port.ts';\nexport const x = createDoctor;\n",
  ],
  ['src/doctor/checks/x.ts', 'export const x = Date.now();\n'],
  ['src/app/x.ts', "import { TableClient } from '@azure/data-tables';\nexport const x = TableClient;\n"],
  ['src/app/x.ts', "import { ports } from '../platform/ports.ts';\nexport const x = ports;\n"],
  ['src/sinks/slack/x.ts', "import { ports } from '../../platform/ports.ts';\nexport const x = ports;\n"],
  ['src/web/x.ts', "import { ports } from '../platform/ports.ts';\nexport const x = ports;\n"],
  ['src/web/x.ts', "import { rules } from '../causes/index.ts';\nexport const x = rules;\n"],
  ['src/web/x.ts', "import { scenarios } from '../simulator/scenarios/index.ts';\nexport const x = scenarios;\n"],
  ['src/platform/x.ts', "import { startSimulator } from '../simulator/index.ts';\nexport const x = startSimulator;\n"],
  ['src/simulator/x.ts', "import { rules } from '../causes/index.ts';\nexport const x = rules;\n"],
  ['functions/x.ts', "import { investigate } from '../src/app/investigate.ts';\nexport const x = investigate;\n"],
] as const;

test.each(forbidden)('%s may not hold: %s', (path, code) => {
  expect(offences(path, code)).not.toEqual([]);
});

test('what is allowed passes', () => {
  const code =
    "import type { Readings } from '../../core/readings.ts';\nexport const x = (r: Readings) => new Date(r.takenAt ?? 0);\n";
  expect(offences('src/causes/x/rule.ts', code)).toEqual([]);
});
