import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FunctionSummary } from '../src/local/host/host.ts';
import { ASSET_FOLDER, ASSET_SOURCES } from '../src/platform/web-assets.ts';

/**
 * What the built app registers when the `main` of package.json is loaded the way the Functions worker loads it: by
 * `func start` from the checkout, and from the deployed folder in Azure.
 */

const project = join(import.meta.dirname, '..');
const run = promisify(execFile);

const expected: readonly FunctionSummary[] = [
  { name: 'audit', trigger: 'timerTrigger', options: { schedule: '15 */10 * * * *' } },
  { name: 'deliver', trigger: 'queueTrigger', options: { queueName: 'deliver', connection: 'AzureWebJobsStorage' } },
  {
    name: 'health',
    trigger: 'httpTrigger',
    options: { methods: ['GET'], route: 'health', authLevel: 'anonymous' },
  },
  {
    name: 'investigate',
    trigger: 'queueTrigger',
    options: { queueName: 'investigate', connection: 'AzureWebJobsStorage' },
  },
  {
    name: 'mcp-diagnose',
    trigger: 'mcpToolTrigger',
    options: expect.objectContaining({
      toolName: 'diagnose_application_gateway',
      toolProperties: expect.stringMatching(/"propertyName":"gatewayId".*"isRequired":true/),
    }) as never,
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
  { name: 'upkeep', trigger: 'timerTrigger', options: { schedule: '30 * * * * *' } },
  {
    name: 'web',
    trigger: 'httpTrigger',
    options: { methods: ['GET', 'HEAD', 'POST', 'DELETE'], route: 'web/{*path}', authLevel: 'anonymous' },
  },
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

async function registeredIn(
  root: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<readonly FunctionSummary[]> {
  const main = join(project, 'src/local/host/main.ts');
  const { stdout } = await run(process.execPath, [main, '--root', root, '--list'], {
    // Importing the functions must need no setting: whatever fails there takes all of them down.
    env: { PATH: process.env.PATH, ...settings },
  });
  const functions: readonly FunctionSummary[] = JSON.parse(stdout);
  return functions.toSorted((left, right) => left.name.localeCompare(right.name));
}

describe('the built functions', () => {
  test('are these, from the checkout', async () => {
    expect(await registeredIn(checkout)).toEqual(expected);
  });

  test('have the fonts and the programs that pages load, beside them', () => {
    const files = Object.keys(ASSET_SOURCES).map((name) => join(checkout, 'dist', ASSET_FOLDER, name));
    for (const file of files) expect(statSync(file).size).toBeGreaterThan(1_000);
    expect(files.length).toBeGreaterThan(0);
  });

  test('are the same in the folder that is deployed', async () => {
    expect(await registeredIn(join(checkout, 'dist'))).toEqual(expected);
  });

  test('read the event hubs that are configured, by a connection string or an identity', async () => {
    const own = async (settings: Readonly<Record<string, string>>) => {
      const all = await registeredIn(checkout, settings);
      return all.filter(({ trigger }) => trigger === 'eventHubTrigger');
    };
    const trigger = { connection: 'EventHubsConnection', cardinality: 'many', dataType: 'binary' };
    const readAccessLog = {
      name: 'read-access-log',
      trigger: 'eventHubTrigger',
      options: { ...trigger, eventHubName: 'logs', consumerGroup: 'appgw-triage' },
    };
    expect(await own({ EventHubsConnection: 'x', ACCESS_LOG_HUB: 'logs' })).toEqual([readAccessLog]);
    const identity = { EventHubsConnection__fullyQualifiedNamespace: 'ns.servicebus.windows.net' };
    const alerts = { ALERT_HUB: 'alerts', ALERT_CONSUMER_GROUP: 'ours' };
    expect(await own({ ...identity, ACCESS_LOG_HUB: 'logs', ...alerts })).toEqual([
      readAccessLog,
      {
        name: 'receive-alert-stream',
        trigger: 'eventHubTrigger',
        options: { ...trigger, eventHubName: 'alerts', consumerGroup: 'ours' },
      },
    ]);
    // A hub without a connection cannot be read, and must not take the other functions down.
    expect(await own({ ACCESS_LOG_HUB: 'logs' })).toEqual([]);
  });
});
