import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ENDPOINTS } from '../src/simulator/faults.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';

/** The commands that read a gateway now, through the real SDK clients, against the simulator. */
let simulator: Simulator;
let folder: string;

beforeAll(async () => {
  simulator = await startSimulator({ scenario: 'probe-path-404' });
  folder = mkdtempSync(join(tmpdir(), 'appgw-triage-live-'));
  writeFileSync(join(folder, 'authority.pem'), simulator.caPem);
});
afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = {
    PATH: process.env.PATH,
    ...simulator.identity,
    ARM_ENDPOINT: simulator.httpsUrl,
    LOGS_ENDPOINT: simulator.httpsUrl,
    NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
  };
  const bin = join(import.meta.dirname, '../bin/appgw-triage.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
}

const gatewayId = () => {
  const { subscription, resourceGroup, gateway } = simulator.world;
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/applicationGateways/${gateway.name}`;
};

describe('a gateway that is read now', () => {
  test('is diagnosed with the contract on stdout, and no progress where nobody waits at a terminal', async () => {
    const { code, stdout, stderr } = await run('diagnose', '--gateway', gatewayId(), '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'appgw-triage/diagnosis@1', established: true });
  });

  test('is kept as a snapshot that says the same offline', async () => {
    const out = join(folder, 'snapshot');
    const kept = await run('snapshot', '--gateway', gatewayId(), '--out', out);
    expect(kept).toMatchObject({ code: 0, stdout: expect.stringContaining(out) });
    const again = await run('snapshot', '--gateway', gatewayId(), '--out', out, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ folder: out, files: expect.arrayContaining(['snapshot.json']) });
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['snapshot.json', 'backend-health.json', 'gateway.json']));

    const live = JSON.parse((await run('diagnose', '--gateway', gatewayId(), '--json')).stdout);
    const offline = JSON.parse((await run('diagnose', out, '--json')).stdout);
    const essence = ({ verdicts }: { verdicts: { cause: string; verdict: string; scope: unknown }[] }) =>
      verdicts.map(({ cause, verdict, scope }) => ({ cause, verdict, scope }));
    expect(essence(offline)).toEqual(essence(live));
  });

  test('that may not be read is one clear line', async () => {
    const azure = ENDPOINTS.filter((name) => !['token', 'slack', 'teams', 'pagerduty', 'webhook'].includes(name));
    for (const endpoint of azure) simulator.setFault({ endpoint, kind: 'forbidden' });
    const { code, stdout, stderr } = await run('diagnose', '--gateway', gatewayId());
    simulator.clearFaults();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^appgw-triage: nothing could be read of this gateway: 403/);
  });
});

test.each([
  [['diagnose', '--gateway', 'gw'], '--gateway takes the whole resource id'],
  [['diagnose', 'x.json', '--gateway', 'gw'], 'not both'],
  [['snapshot', '--gateway', 'gw'], 'needs --gateway and --out'],
])('%p is bad usage', async (args, words) => {
  const { code, stderr } = await run(...args);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words) });
});
