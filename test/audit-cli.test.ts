import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { gatewayJson } from '../src/causes/case.ts';
import { ENDPOINTS } from '../src/simulator/faults.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';
import { gatewayId } from '../src/simulator/world.ts';

/** `audit` as people run it: live, through the real SDK clients against the simulator, and offline. */
let simulator: Simulator;
let folder: string;

beforeAll(async () => {
  simulator = await startSimulator({ scenario: 'empty-pool', pendingPolls: 0, retryAfterSeconds: 0 });
  folder = mkdtempSync(join(tmpdir(), 'appgw-triage-audit-'));
  writeFileSync(join(folder, 'authority.pem'), simulator.caPem);
});
afterEach(() => simulator.clearFaults());
afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], stdin?: string): Promise<Ran> {
  const env = {
    PATH: process.env.PATH,
    ...simulator.identity,
    ARM_ENDPOINT: simulator.httpsUrl,
    LOGS_ENDPOINT: simulator.httpsUrl,
    NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
  };
  const bin = join(import.meta.dirname, '../bin/appgw-triage.js');
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [bin, 'audit', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
    child.stdin?.end(stdin ?? '');
  });
}

const small = JSON.stringify(
  gatewayJson({
    pools: { 'pool-a': ['10.20.4.4', '10.20.4.5'], 'pool-b': [] },
    settings: { 'http-80': {} },
    routes: [
      ['pool-a', 'http-80'],
      ['pool-b', 'http-80', ['/b/*']],
    ],
  }),
);

describe('live', () => {
  test('a gateway, by its id: the findings, and exit 1 only where it was asked for', async () => {
    const id = gatewayId(simulator.world);
    const { code, stdout, stderr } = await run(['--gateway', id, '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { gateways, unread } = JSON.parse(stdout);
    expect(unread).toEqual([]);
    expect(gateways[0]).toMatchObject({ gateway: { id } });
    expect(gateways[0].findings[0]).toMatchObject({ check: 'pool-without-members', cost: 'pool', nearness: 'now' });
    expect(gateways[0].evidence.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['gateway', 'backend-health', 'metrics', 'access-log', 'virtual-network', 'nics', 'nsg']),
    );
  });

  test('all gateways of a subscription, and of a resource group, with the reports of a pipeline', async () => {
    const { subscription, resourceGroup } = simulator.world;
    const [sarif, junit] = [join(folder, 'a.sarif'), join(folder, 'a.xml')];
    const all = await run(['--subscription', subscription, '--fail-on', 'pool', '--sarif', sarif, '--junit', junit]);
    expect(all).toMatchObject({ code: 1, stdout: expect.stringContaining('pool-without-members') });
    expect(JSON.parse(readFileSync(sarif, 'utf8'))).toMatchObject({
      version: '2.1.0',
      runs: [{ results: expect.arrayContaining([expect.objectContaining({ ruleId: 'pool-without-members' })]) }],
    });
    expect(readFileSync(junit, 'utf8')).toContain('<failure type="pool"');

    const skipped = await run([
      ...['--subscription', subscription, '--resource-group', resourceGroup],
      ...['--fail-on', 'pool', '--skip', 'pool-without-members', '--json'],
    ]);
    expect(skipped.code).toBe(0);
    expect(skipped.stdout).not.toContain('pool-without-members');
  });

  test('a gateway that may not be read is one clear line', async () => {
    const azure = ENDPOINTS.filter((name) => !['token', 'slack', 'teams', 'pagerduty', 'webhook'].includes(name));
    for (const endpoint of azure) simulator.setFault({ endpoint, kind: 'forbidden' });
    const { code, stdout, stderr } = await run(['--gateway', gatewayId(simulator.world)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim()).toMatch(/^appgw-triage: nothing could be read: 403/);
  });

  test('readings that fail leave the rest, and say what was not judged', async () => {
    for (const endpoint of ['metrics', 'logs'] as const) simulator.setFault({ endpoint, kind: 'forbidden' });
    const { code, stdout } = await run(['--gateway', gatewayId(simulator.world), '--json']);
    expect(code).toBe(0);
    const { findings, checks } = JSON.parse(stdout).gateways[0];
    expect(findings[0].check).toBe('pool-without-members');
    const open = checks.filter(({ outcome }: { outcome: string }) => outcome === 'not-judged');
    expect(open.map(({ check }: { check: string }) => check)).toEqual(
      expect.arrayContaining(['capacity-headroom', 'closed-connections']),
    );
  });
});

describe('offline', () => {
  test('the configuration alone, from a pipe', async () => {
    const { code, stdout } = await run(['-', '--json'], small);
    expect(code).toBe(0);
    const { findings } = JSON.parse(stdout).gateways[0];
    expect(findings.map(({ check }: { check: string }) => check)).toEqual([
      'pool-without-members',
      'connection-draining',
    ]);
    expect((await run(['-', '--fail-on', 'outage'], small)).code).toBe(0);
    expect((await run(['-', '--fail-on', 'pool'], small)).code).toBe(1);
  });

  test.each([
    [['-'], '{"backendAddressPools":[]}', 'needs the gateway'],
    [['-'], 'nonsense', 'stdin'],
    [[], '', 'audit needs a file'],
    [['x', '--gateway', 'gw'], '', '--gateway takes the whole resource id'],
    [['x', '--subscription', '5a1f0f7c-6f0e-4a56-9c57-1d2a4be9d101'], '', 'not both'],
    [['--subscription', 'mine'], '', '--subscription takes the id'],
    [['--resource-group', 'rg', 'x'], '', 'needs one --subscription'],
    [['x', '--fail-on', 'everything'], '', '--fail-on takes one of outage, pool, requests, hygiene'],
    [['x', '--skip', 'nonsense'], '', 'there is no check nonsense'],
    [['x', '--nonsense'], '', 'has no option --nonsense'],
    [['-', '--junit', '/nonexistent/folder/a.xml'], small, 'could not be written (ENOENT)'],
  ])('%j is one clear line', async (args, stdin, words) => {
    const { code, stdout, stderr } = await run(args, stdin);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(words)]);
  });
});
