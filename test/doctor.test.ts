import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CliError, type Io } from '../src/cli/command.ts';
import { doctor } from '../src/cli/commands/doctor.ts';
import { PRINCIPAL } from '../src/simulator/set-up.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';

/** The doctor as people run it, against the simulated Azure: one set-up that is well, and one that is not. */
let well: Simulator;
let ill: Simulator;
let folder: string;

beforeAll(async () => {
  well = await startSimulator({ scenario: 'probe-path-404' });
  ill = await startSimulator({
    scenario: 'waf-403',
    setUp: {
      roles: [{ name: 'Reader', on: 'gateway-group', actions: ['*/read'] }],
      diagnosticSettings: [{ name: 'archive', to: 'storage', categories: ['ApplicationGatewayAccessLog'] }],
      metricAlerts: {
        'hosts-average': {
          enabled: true,
          windowSize: 'PT5M',
          evaluationFrequency: 'PT1M',
          autoMitigate: false,
          criteria: {
            allOf: [
              {
                criterionType: 'StaticThresholdCriterion',
                metricName: 'HealthyHostCount',
                operator: 'LessThan',
                threshold: 0,
                timeAggregation: 'Average',
                dimensions: [],
              },
            ],
          },
          actions: [],
        },
      },
      actionGroups: {},
      secretDays: { 'cert-https': 3 },
    },
  });
  folder = mkdtempSync(join(tmpdir(), 'appgw-triage-doctor-'));
});
afterAll(async () => {
  await Promise.all([well?.close(), ill?.close()]);
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  well.clearFaults();
  well.inbox.clear();
});

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(simulator: Simulator, args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ran> {
  // One file each: the authorities of two simulators have one name, and would be taken for each other.
  const authority = join(folder, simulator === well ? 'well.pem' : 'ill.pem');
  writeFileSync(authority, simulator.caPem);
  const env = {
    PATH: process.env.PATH,
    ...simulator.identity,
    ARM_ENDPOINT: simulator.httpsUrl,
    NODE_EXTRA_CA_CERTS: authority,
    SLACK_WEBHOOK_URL: `${simulator.httpUrl}/slack/services/T000/B000/XXXX`,
    ...more,
  };
  const bin = join(import.meta.dirname, '../bin/appgw-triage.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, 'doctor', ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });
}

function gatewayOf({ world: { subscription, resourceGroup, gateway } }: Simulator): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/applicationGateways/${gateway.name}`;
}

interface Report {
  readonly state: string;
  readonly groups: readonly {
    readonly gateway?: string;
    readonly findings: readonly { readonly check: string; readonly state: string; readonly says: string }[];
  }[];
}

/** `rights: ok`, without what is said. */
function essence({ stdout }: Ran): readonly string[] {
  const { groups } = JSON.parse(stdout) as Report;
  return groups.flatMap(({ findings }) => findings.map(({ check, state }) => `${check}: ${state}`));
}

describe('a set-up that is well', () => {
  test('is, line by line, and ends with 0', async () => {
    const ran = await run(well, ['--subscription', well.world.subscription, '--json']);
    expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(ran.stdout)).toMatchObject({
      schema: 'appgw-triage/doctor@1',
      state: 'ok',
      groups: [{}, { gateway: gatewayOf(well) }],
    });
    expect(essence(ran)).toEqual([
      ...['subscriptions: ok', 'clock: ok', 'settings: ok', 'sinks: ok'],
      ...[
        'gateway: ok',
        'rights: ok',
        'diagnostic-settings: ok',
        'alert-rules: ok',
        'action-groups: ok',
        'certificates: ok',
      ],
    ]);
    expect(well.inbox.all()).toEqual([]);
  });

  test('is in words what it is in JSON, and shows neither key nor webhook', async () => {
    const { code, stdout } = await run(well, ['--gateway', gatewayOf(well)]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Gateway ${well.world.gateway.name} (${well.world.resourceGroup})`);
    expect(stdout).toMatch(/All is well: 0 failed, 0 with a warning, 0 not readable, 10 well\.\n$/);
    expect(stdout).not.toMatch(/a-key-that-nobody-shows|services\/T000/);
    expect(stdout).not.toContain('\u001b');
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('is so for the identity of the app as well, by its roles', async () => {
    const ran = await run(well, ['--gateway', gatewayOf(well), '--principal', PRINCIPAL, '--json']);
    expect(essence(ran)).toContain('rights: ok');
    const stranger = '00000000-1111-4222-8333-444455556666';
    const other = await run(well, ['--gateway', gatewayOf(well), '--principal', stranger, '--json']);
    expect(essence(other)).toContain('rights: fail');
    expect(other.code).toBe(1);
  });

  test('takes a test message when it is asked to, and only then', async () => {
    const ran = await run(well, ['--gateway', gatewayOf(well), '--send-test', '--json']);
    expect(ran.code).toBe(0);
    expect(well.inbox.all()).toMatchObject([{ receiver: 'slack', outcome: 'accepted' }]);
    expect(JSON.stringify(well.inbox.all())).toContain('TEST');
    well.setFault({ endpoint: 'slack', kind: 'not-found' });
    expect(essence(await run(well, ['--gateway', gatewayOf(well), '--send-test', '--json']))).toContain('sinks: fail');
  });

  test('checks the settings of a file in place of those of the shell, and asks Azure with its own', async () => {
    const file = join(folder, 'settings.json');
    const values = { ARM_ENDPOINT: 'https://127.0.0.1:1', ARM_CALLS: 'many', TEAMS_WEBHOOK_URL: 'nonsense' };
    writeFileSync(file, JSON.stringify(Object.entries(values).map(([name, value]) => ({ name, value }))));
    const ran = await run(well, ['--gateway', gatewayOf(well), '--settings', file, '--json']);
    expect(essence(ran)).toEqual(expect.arrayContaining(['settings: fail', 'sinks: fail', 'gateway: ok']));
    expect(ran.stdout).toContain('ARM_CALLS must be a number');
    expect(ran.stdout).not.toContain('Slack');
  });
});

test('a set-up that is not says what, with what mends it, and ends with 1', async () => {
  const ran = await run(ill, ['--gateway', gatewayOf(ill), '--json']);
  expect(ran.code).toBe(1);
  const { groups } = JSON.parse(ran.stdout) as Report;
  const says = groups[1]?.findings
    .filter(({ state }) => state !== 'ok')
    .map(({ state, says: text }) => `${state}: ${text}`);
  expect(says).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^fail: Backend health: whoever is signed in lacks .*backendhealth\/action\.$/),
      expect.stringMatching(/^warn: The access log goes to a storage account, and to no workspace/),
      'warn: The firewall log is written nowhere.',
      expect.stringMatching(/^fail: Rule hosts-average can never fire: Average HealthyHostCount waits for less than 0/),
      'warn: Rule hosts-average never resolves by itself.',
      'warn: Rule hosts-average has no action group: it fires, and nobody is told.',
      expect.stringMatching(/^fail: None of its alert rules can notice failing backends/),
    ]),
  );
  expect(ran.stdout).toContain('az role assignment create');
});

describe('what cannot be read', () => {
  test.each(['forbidden', 'malformed'] as const)('(%s) is never well', async (kind) => {
    const endpoints = ['permissions', 'diagnostic-settings', 'alert-rules', 'action-groups', 'key-vault'] as const;
    for (const endpoint of [...endpoints, 'gateway', 'workspace'] as const) well.setFault({ endpoint, kind });
    const ran = await run(well, ['--gateway', gatewayOf(well), '--json']);
    const { groups } = JSON.parse(ran.stdout) as Report;
    expect(new Set(groups[1]?.findings.map(({ state }) => state))).toEqual(new Set(['unknown']));
    expect(ran.code).toBe(0);
  });

  test('a throttled answer is waited for', async () => {
    well.setFault({ endpoint: 'permissions', kind: 'throttled', times: 1, retryAfterSeconds: 0 });
    expect(essence(await run(well, ['--gateway', gatewayOf(well), '--json']))).toContain('rights: ok');
  });
});

describe('without a sign-in, or with bad usage', () => {
  test('Azure that answers nothing at all is no success', async () => {
    const ran = await run(well, ['--gateway', gatewayOf(well), '--json'], { ARM_ENDPOINT: 'https://127.0.0.1:1' });
    expect(ran.code).toBe(2);
    expect(essence(ran).filter((line) => line.endsWith(': ok'))).toEqual(['settings: ok', 'sinks: ok']);
  });

  test('it is one clear line and exit code 2', async () => {
    well.setFault({ endpoint: 'token', kind: 'forbidden' });
    const { code, stdout, stderr } = await run(well, ['--gateway', gatewayOf(well)]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe('appgw-triage: cannot sign in to Azure: az login, and try again\n');
  });

  test('a subscription that is not seen', async () => {
    const { code, stderr } = await run(well, ['--subscription', '00000000-1111-4222-8333-444455556666']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('does not exist, or this sign-in') });
  });

  test.each([
    [[], {}, 'doctor needs --gateway or --subscription, or ALLOWED_GATEWAYS'],
    [['--gateway', 'gw'], {}, '--gateway takes the whole resource id'],
    [['--settings', '-', '--subscription', '00000000-1111-4222-8333-444455556666'], {}, 'stdin is a terminal'],
    [['--subscription', 'Production'], {}, '--subscription takes the id'],
    [['--subscription', 'x', '--principal', 'me'], {}, '--subscription'],
    [['extra'], {}, 'doctor takes no extra'],
    [['--nonsense'], {}, 'has no option --nonsense'],
    [['--settings', 'no-such-file.json'], {}, 'no-such-file.json'],
    [['--subscription', '00000000-1111-4222-8333-444455556666'], { ARM_ENDPOINT: 'ftp://x' }, 'ARM_ENDPOINT'],
  ])('%j', async (args, env, words) => {
    const silent = { isTTY: false, write: () => true };
    const io = { stdin: { isTTY: true }, stdout: silent, stderr: silent, env } as unknown as Io;
    await expect(doctor.run(args, io)).rejects.toThrow(words);
    await expect(doctor.run(args, io)).rejects.toBeInstanceOf(CliError);
  });
});
