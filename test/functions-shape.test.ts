import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FunctionSummary } from '../src/local/host/host.ts';

/**
 * What the built app registers when the `main` of package.json is loaded the way the Functions worker loads it: by
 * `func start` from the checkout, and from the deployed folder in Azure.
 */

const project = join(import.meta.dirname, '..');
const run = promisify(execFile);

const expected: readonly FunctionSummary[] = [
  { name: 'deliver', trigger: 'queueTrigger', options: { queueName: 'deliver', connection: 'AzureWebJobsStorage' } },
  {
    name: 'investigate',
    trigger: 'queueTrigger',
    options: { queueName: 'investigate', connection: 'AzureWebJobsStorage' },
  },
  {
    name: 'receive-alert',
    trigger: 'httpTrigger',
    options: { methods: ['POST'], route: 'alerts/azure-monitor', authLevel: 'function' },
  },
  {
    name: 'receive-pagerduty',
    trigger: 'httpTrigger',
    options: { methods: ['POST'], route: 'webhooks/pagerduty', authLevel: 'function' },
  },
  {
    name: 'request-investigation',
    trigger: 'httpTrigger',
    options: { methods: ['POST'], route: 'investigations', authLevel: 'function' },
  },
  { name: 'sweep', trigger: 'timerTrigger', options: { schedule: '0 * * * * *' } },
];

let checkout: string;

/** A stand-in for a checkout that was just built, so that no test relies on, or disturbs, the real dist. */
beforeAll(async () => {
  checkout = mkdtempSync(join(tmpdir(), 'appgw-triage-shape-'));
  cpSync(join(project, 'package.json'), join(checkout, 'package.json'));
  symlinkSync(join(project, 'node_modules'), join(checkout, 'node_modules'), 'junction');
  await run(process.execPath, [join(project, 'scripts/build.ts'), '--outdir', join(checkout, 'dist')]);
});

afterAll(() => rmSync(checkout, { recursive: true, force: true }));

async function registeredIn(root: string): Promise<readonly FunctionSummary[]> {
  const main = join(project, 'src/local/host/main.ts');
  const { stdout } = await run(process.execPath, [main, '--root', root, '--list'], {
    // Importing the functions must need no setting: whatever fails there takes all of them down.
    env: { PATH: process.env.PATH },
  });
  const functions: readonly FunctionSummary[] = JSON.parse(stdout);
  return functions.toSorted((left, right) => left.name.localeCompare(right.name));
}

describe('the built functions', () => {
  test('are these, from the checkout', async () => {
    expect(await registeredIn(checkout)).toEqual(expected);
  });

  test('are the same in the folder that is deployed', async () => {
    expect(await registeredIn(join(checkout, 'dist'))).toEqual(expected);
  });
});
