import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const program = fileURLToPath(new URL('../bin/appgw-triage.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a shell would, with an environment of its own and no terminal anywhere. */
async function run(
  args: readonly string[],
  { input = '', env = {} }: { input?: string | Uint8Array; env?: Record<string, string> } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { env: { LANG: 'C.UTF-8', ...env }, stdio: 'pipe' });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // The program may end before it has read everything.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (...ended) => resolve(ended));
  });
  return { code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
}

/** Expects exit code 2 and exactly one line on stderr, and returns that line. */
function refusal({ code, stdout, stderr }: Ended): string {
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^appgw-triage: [^\n]+\n$/);
  return stderr;
}

const gatewayId =
  '/subscriptions/3f0d7a52-0f4c-4a57-b0ce-6f7b5f7d1c20/resourceGroups/rg-tickets/providers/Microsoft.Network/applicationGateways/agw-tickets';
const part = (kind: string, name: string) => ({ id: `${gatewayId}/${kind}/${name}`, resourceGroup: 'rg-tickets' });
const success = 'Success. Received 200 status code';

type Server = readonly [address: string, health: string, text: string];

/** Backend health as az prints it: nulls where the service sent nothing, `resourceGroup` beside every id. */
function azHealth(targets: Readonly<Record<string, readonly Server[]>>): unknown {
  return {
    backendAddressPools: Object.entries(targets).map(([target, servers]) => {
      const [pool = '', setting = ''] = target.split('~');
      return {
        backendAddressPool: { ...part('backendAddressPools', pool), backendAddresses: null, name: null },
        backendHttpSettingsCollection: [
          {
            backendHttpSettings: { ...part('backendHttpSettingsCollection', setting), port: null, name: null },
            servers: servers.map(([address, health, healthProbeLog]) => ({
              address,
              health,
              healthProbeLog,
              ipConfiguration: null,
            })),
          },
        ],
      };
    }),
  };
}

const emptyPool = azHealth({
  'pool-seats~http-9000': [],
  'pool-web~http-80': [['10.4.0.4', 'Healthy', success]],
});
const healthy = azHealth({
  'pool-web~http-80': [
    ['10.4.0.4', 'Healthy', success],
    ['10.4.0.5', 'Healthy', success],
  ],
});

const setting = (name: string, port: number) => ({
  name,
  ...part('backendHttpSettingsCollection', name),
  port,
  protocol: 'Http',
  requestTimeout: 20,
});
const pool = (name: string, ...addresses: readonly string[]) => ({
  name,
  ...part('backendAddressPools', name),
  backendAddresses: addresses.map((ipAddress) => ({ ipAddress })),
});
const rule = (name: string, to: string, by: string) => ({
  name,
  ...part('requestRoutingRules', name),
  ruleType: 'Basic',
  backendAddressPool: part('backendAddressPools', to),
  backendHttpSettings: part('backendHttpSettingsCollection', by),
});

/** The gateway as az prints it: the properties stand beside the name. */
const azGateway = {
  id: gatewayId,
  name: 'agw-tickets',
  type: 'Microsoft.Network/applicationGateways',
  location: 'northeurope',
  resourceGroup: 'rg-tickets',
  operationalState: 'Running',
  provisioningState: 'Succeeded',
  sku: { name: 'Standard_v2', tier: 'Standard_v2', capacity: null },
  backendAddressPools: [pool('pool-seats'), pool('pool-web', '10.4.0.4', '10.4.0.5')],
  backendHttpSettingsCollection: [setting('http-9000', 9000), setting('http-80', 80)],
  httpListeners: [],
  probes: [],
  requestRoutingRules: [rule('rule-seats', 'pool-seats', 'http-9000'), rule('rule-web', 'pool-web', 'http-80')],
  urlPathMaps: [],
};

/** Nothing in it speaks for any cause. */
const populated = {
  ...azGateway,
  backendAddressPools: [pool('pool-seats', '10.4.0.9'), pool('pool-web', '10.4.0.4', '10.4.0.5')],
};

/** The same gateway as the REST API sends it: everything but names and ids in `properties`. */
const { id, name, type, location, resourceGroup: _resourceGroup, ...own } = azGateway;
const nest = (items: readonly { name: string; id: string }[]) =>
  items.map(({ name: itemName, id: itemId, ...properties }) => ({ name: itemName, id: itemId, properties }));
const armGateway = {
  id,
  name,
  type,
  location,
  properties: {
    ...own,
    backendAddressPools: nest(own.backendAddressPools),
    backendHttpSettingsCollection: nest(own.backendHttpSettingsCollection),
    requestRoutingRules: nest(own.requestRoutingRules),
  },
};

/** What PowerShell's ConvertTo-Json writes behind `>`: other casing, UTF-16 with a byte order mark, CRLF. */
function powerShell(document: unknown): Uint8Array {
  const pascal = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(pascal);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key.charAt(0).toUpperCase() + key.slice(1), pascal(item)]),
    );
  };
  const text = JSON.stringify(pascal(document), undefined, 4).replaceAll('\n', '\r\n');
  return Buffer.from(`\ufeff${text}\r\n`, 'utf16le');
}

interface PrintedDiagnosis {
  readonly schema: string;
  readonly established: boolean;
  readonly headline: string;
  readonly verdicts: readonly {
    readonly cause: string;
    readonly verdict: string;
    readonly scope: Readonly<Record<string, unknown>>;
    readonly because: readonly object[];
    readonly missing: readonly object[];
    readonly fix: readonly object[];
  }[];
  readonly evidence: readonly { readonly name: string; readonly state: string; readonly reason?: string }[];
}

const readPrinted = ({ stdout }: Ended) => JSON.parse(stdout) as PrintedDiagnosis;
const keysOf = (items: readonly object[]) => [...new Set(items.flatMap((item) => Object.keys(item)))].toSorted();

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'appgw-triage-cli-'));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

async function folder(folderName: string, files: Readonly<Record<string, unknown>>): Promise<string> {
  const path = join(root, folderName);
  await mkdir(path);
  for (const [file, content] of Object.entries(files)) {
    const isRaw = typeof content === 'string' || content instanceof Uint8Array;
    await writeFile(join(path, file), isRaw ? content : JSON.stringify(content));
  }
  return path;
}

describe('the program', () => {
  test('shows its help, the help of a command, and its version', async () => {
    const [overview, command, viaHelp, version] = await Promise.all([
      run(['--help']),
      run(['diagnose', '-', '--help']),
      run(['help', 'diagnose']),
      run(['--version']),
    ]);
    expect(overview).toMatchObject({ code: 0, stderr: '' });
    expect(overview.stdout).toMatch(/^Usage: appgw-triage <command>/);
    expect(command).toMatchObject({ code: 0, stderr: '' });
    expect(command.stdout).toContain('| appgw-triage diagnose -');
    expect(viaHelp.stdout).toBe(command.stdout);
    expect(version.stdout).toMatch(/^appgw-triage \d+\.\d+\.\d+\n$/);
    for (const line of `${overview.stdout}${command.stdout}`.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test.each([
    [[], 'no command given'],
    [['diagnoze'], 'there is no command diagnoze'],
    [['--verbose'], 'there is no option --verbose'],
    [['diagnose'], 'diagnose needs a file, a folder, - for stdin, or --gateway'],
    [['diagnose', 'a', 'b'], 'takes one path'],
    [['diagnose', 'a', '--jsn'], 'has no option --jsn'],
    [['diagnose', 'a', '--json=yes'], '--json'],
    [['diagnose', '--gateway', 'agw-tickets'], '--gateway takes the whole resource id'],
    [['diagnose', '--gateway'], '--gateway'],
    [['diagnose', ''], 'the path is empty'],
    [['diagnose', 'no-such-file.json'], 'no-such-file.json does not exist'],
    [['diagnose', 'no\u001b[31m-such\nfile'], 'no-such file does not exist'],
  ])('refuses %j', async (args, expected) => {
    expect(refusal(await run(args))).toContain(expected);
  });

  test('ends quietly when its reader goes away', async () => {
    const child = spawn(process.execPath, [program, 'diagnose', '-', '--json'], { env: {}, stdio: 'pipe' });
    const stderr: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdout.destroy();
    child.stdin.end(JSON.stringify(emptyPool));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stderr: Buffer.concat(stderr).toString() }).toEqual({ code: 0, stderr: '' });
  });
});

describe('input that cannot be diagnosed', () => {
  const cases: readonly (readonly [string, string | Uint8Array, string])[] = [
    ['nothing', '', 'stdin is empty'],
    ['white space', ' \r\n\t', 'stdin is empty'],
    ['broken JSON', '{"backendAddressPools": [', 'begins as JSON but is broken'],
    ['binary data', Uint8Array.from({ length: 600 }, (_, index) => (index * 7) % 256), 'is binary data'],
    ['a gzip file', Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]), 'is compressed'],
    ['HTML', '<!DOCTYPE html>\n<html><body>Sign in</body></html>', 'is an HTML page'],
    [
      "az's refusal",
      "ERROR: (AuthorizationFailed) The client 'ann@contoso.com' with object id 'x' does not have authorization\nCode: AuthorizationFailed",
      'is an error message of az, not its output: AuthorizationFailed, the signed-in identity may not read this',
    ],
    ["az's request to sign in", "ERROR: Please run 'az login' to setup account.", 'az is not signed in'],
    ['a usage error of az', 'ERROR: the following arguments are required: --name/-n', 'is an error message'],
    ['a table of az', 'Name    Location\n------  ----------\nagw     westeurope\n', 'is a table, not JSON'],
    ['YAML', 'backendAddressPools:\n- backendAddressPool:\n    id: x\n', '--output json'],
    ['plain words', 'hello there, all well', 'is not JSON'],
    ['null', 'null', 'is the JSON value null'],
    ['an ARM error', '{"error":{"code":"ScopeLocked","message":"no"}}', 'ScopeLocked, a read-only lock'],
    ['a bare ARM error', '{"Code":"429","Message":"slow down"}', 'HTTP 429'],
    ['JSON of something else', '{"hello":1}', 'no reading that is known here'],
    ['an alert', '{"schemaId":"azureMonitorCommonAlertSchema","data":{}}', 'is an alert'],
    ['a deep nest', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'stdin'],
  ];
  test.each(cases)('%s', async (_, input, expected) => {
    const line = refusal(await run(['diagnose', '-'], { input }));
    expect(line).toContain(expected);
    expect(line).not.toContain('ann@contoso.com');
  });

  test('a file of 2 GB', async () => {
    const path = join(root, 'large.json');
    await writeFile(path, '{');
    await truncate(path, 2 * 1024 ** 3);
    expect(refusal(await run(['diagnose', path]))).toContain('is larger than 256 MiB');
  });

  test('a folder without readings', async () => {
    const none = await folder('none', { 'notes.txt': 'x' });
    const others = await folder('others', { 'package.json': { name: 'x' } });
    const broken = await folder('broken', { 'backend-health.json': 'ERROR: (AuthorizationFailed) no' });
    expect(refusal(await run(['diagnose', none]))).toContain('holds no file to read');
    expect(refusal(await run(['diagnose', others]))).toContain('holds no reading');
    expect(refusal(await run(['diagnose', broken]))).toContain('backend-health: The file is an error message of az');
  });
});

describe('--json', () => {
  test('prints the contract and nothing else', async () => {
    const path = await folder('contract', { 'a.json': emptyPool, 'b.json': azGateway });
    const ended = await run(['diagnose', path, '--json']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const printed = readPrinted(ended);
    expect(Object.keys(printed)).toEqual(['schema', 'established', 'headline', 'verdicts', 'evidence']);
    expect(printed).toMatchObject({ schema: 'appgw-triage/diagnosis@1', established: true });
    expect(printed.verdicts[0]).toMatchObject({
      cause: 'empty-pool',
      verdict: 'confirmed',
      scope: { gateway: 'agw-tickets', pool: 'pool-seats', setting: 'http-9000' },
    });
    expect(keysOf(printed.verdicts)).toEqual(['because', 'cause', 'fix', 'missing', 'scope', 'verdict']);
    expect(keysOf(printed.verdicts.flatMap((verdict) => verdict.because))).toEqual(['evidence', 'quote']);
    expect(keysOf(printed.verdicts.flatMap((verdict) => verdict.fix))).toEqual(['command', 'text', 'undo']);
    expect(['gateway', 'members', 'pool', 'setting']).toEqual(
      expect.arrayContaining(keysOf(printed.verdicts.map((verdict) => verdict.scope))),
    );
    expect(['command', 'read']).toEqual(
      expect.arrayContaining(keysOf(printed.verdicts.flatMap((verdict) => verdict.missing))),
    );
    expect(printed.evidence).toEqual([
      { name: 'backend-health', state: 'ok' },
      { name: 'gateway', state: 'ok' },
    ]);
  });

  test('one reading alone works, in every shape that it comes in', async () => {
    const shapes: readonly (string | Uint8Array)[] = [
      JSON.stringify(emptyPool, undefined, 2),
      `\ufeff${JSON.stringify(emptyPool)}`,
      powerShell(emptyPool),
      `WARNING: This command is in preview.\n${JSON.stringify(emptyPool)}`,
      JSON.stringify(emptyPool).replace(/"[^"]+":/g, (key) => `\u001b[34m${key}\u001b[0m`),
    ];
    for (const input of shapes) {
      const printed = readPrinted(await run(['diagnose', '-', '--json'], { input }));
      expect(printed.verdicts[0]).toMatchObject({ cause: 'empty-pool', verdict: 'likely' });
    }
  });

  test.each([
    ['az', azGateway],
    ['ARM', armGateway],
    ['PowerShell', powerShell(azGateway)],
  ])('reads the gateway in the shape of %s', async (shape, gateway) => {
    const path = await folder(`shape-${shape}`, { 'health.json': emptyPool, 'gateway.json': gateway });
    const printed = readPrinted(await run(['diagnose', path, '--json']));
    expect(printed.verdicts[0]).toMatchObject({ cause: 'empty-pool', verdict: 'confirmed' });
  });

  test('two outputs in one pipe are two readings', async () => {
    const input = `${JSON.stringify(emptyPool, undefined, 2)}\n${JSON.stringify(armGateway, undefined, 2)}\n`;
    const printed = readPrinted(await run(['diagnose', '-', '--json'], { input }));
    expect(printed.verdicts[0]).toMatchObject({ cause: 'empty-pool', verdict: 'confirmed' });
  });

  test('a diagnosis that establishes nothing is a diagnosis', async () => {
    const ended = await run(['diagnose', '-', '--json'], { input: JSON.stringify(populated) });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(readPrinted(ended).established).toBe(false);
  });
});

describe('folders', () => {
  test('one broken file becomes a warning and a failed evidence', async () => {
    const path = await folder('one-broken', {
      'backend-health.json': emptyPool,
      'gateway.json': '{"cut": ',
      'package.json': { name: 'x' },
    });
    const ended = await run(['diagnose', path, '--json']);
    expect(ended.code).toBe(0);
    expect(ended.stderr.trim().split('\n')).toEqual([
      expect.stringContaining('warning: gateway.json begins as JSON but is broken'),
      expect.stringMatching(/warning: left out.*: package\.json$/),
    ]);
    expect(readPrinted(ended).evidence).toEqual([
      { name: 'backend-health', state: 'ok' },
      { name: 'gateway', state: 'failed', reason: expect.stringContaining('broken or cut off') },
    ]);
    expect(readPrinted(ended).verdicts[0]).toMatchObject({ cause: 'empty-pool', verdict: 'likely' });
  });

  test('symbolic links are followed within the folder only', async () => {
    const outside = await folder('elsewhere', { 'health.json': emptyPool });
    const path = await folder('links', { 'gateway.json': azGateway });
    await symlink(join(outside, 'health.json'), join(path, 'backend-health.json'));
    await symlink('gateway.json', join(path, 'again.json'));
    const ended = await run(['diagnose', path, '--json']);
    expect(ended.stderr).toBe(
      'appgw-triage: warning: backend-health.json is a symbolic link out of the folder and left out\n',
    );
    expect(readPrinted(ended).evidence).toEqual([{ name: 'gateway', state: 'ok' }]);
  });

  test('the list of a snapshot keeps what failed, and when everything was read', async () => {
    const path = await folder('snapshot', {
      'snapshot.json': {
        schema: 'appgw-triage/snapshot@1',
        gatewayId,
        takenAt: '2026-10-02T03:04:05Z',
        evidence: [
          { name: 'backend-health', state: 'ok', asked: 'POST backendhealth', takenAt: '2026-10-02T03:04:06.5Z' },
          { name: 'metrics', state: 'failed', asked: 'GET metrics', reason: '403 AuthorizationFailed.' },
          { name: 'gateway', state: 'ok' },
        ],
      },
      'backend-health.json': emptyPool,
    });
    const { evidence } = readPrinted(await run(['diagnose', path, '--json']));
    expect(evidence).toEqual([
      { name: 'backend-health', state: 'ok', takenAt: '2026-10-02T03:04:06.500Z' },
      { name: 'gateway', state: 'failed', reason: expect.stringContaining('file is missing') },
      { name: 'metrics', state: 'failed', reason: '403 AuthorizationFailed.' },
    ]);
  });
});

describe('text', () => {
  test('names the cause first, then why, what to type and how to undo it', async () => {
    const path = await folder('text', { 'health.json': emptyPool, 'gateway.json': azGateway });
    const { code, stdout, stderr } = await run(['diagnose', path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toContain('The backend pool has no members (confirmed)');
    expect(stdout).toContain('backend-health: "servers": []');
    const command = lines.findIndex((line) => line.trim().startsWith('az network application-gateway address-pool'));
    expect(lines[command]).toContain('--name pool-seats');
    expect(lines[command + 1]?.trim()).toBe('To undo it:');
    expect(stdout).toContain('What not to do');
    expect(stdout).toContain('Not given: access-log');
    for (const line of lines.filter((candidate) => !candidate.trim().startsWith('az ')))
      expect(line.length).toBeLessThanOrEqual(80);
  });

  test('says plainly that everything is healthy', async () => {
    const { code, stdout } = await run(['diagnose', '-'], { input: JSON.stringify(healthy) });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^No trouble found/);
  });

  test('says what to read next where nothing is established', async () => {
    const { stdout } = await run(['diagnose', '-'], { input: JSON.stringify(populated) });
    const [first = '', ...rest] = stdout.split('\n');
    expect(first).toMatch(/^The cause is not established/);
    expect(rest.slice(0, 2).join('\n')).toContain(
      'az network application-gateway show-backend-health --name agw-tickets --resource-group rg-tickets',
    );
  });

  test('colours on request only', async () => {
    const input = JSON.stringify(emptyPool);
    const [plain, flag, forced, off, won] = await Promise.all([
      run(['diagnose', '-'], { input }),
      run(['diagnose', '-', '--color'], { input }),
      run(['diagnose', '-'], { input, env: { FORCE_COLOR: '1' } }),
      run(['diagnose', '-', '--no-color'], { input, env: { FORCE_COLOR: '1' } }),
      run(['diagnose', '-'], { input, env: { FORCE_COLOR: '1', NO_COLOR: '1' } }),
    ]);
    for (const { stdout } of [plain, off, won]) expect(stdout).not.toContain('\u001b');
    for (const { stdout } of [flag, forced]) expect(stdout).toContain('\u001b[1m');
  });

  test('is ASCII where the locale is not UTF-8', async () => {
    const umlauts = azHealth({ 'pool-größe~http-80': [] });
    const { stdout } = await run(['diagnose', '-'], { input: JSON.stringify(umlauts), env: { LANG: 'C' } });
    expect(stdout).toMatch(/^[\n\u0020-\u007e]+$/);
    expect(stdout).toContain("'pool-gr'$'\\xc3\\xb6\\xc3\\x9f''e'");
  });

  test('shows hostile names harmlessly', async () => {
    const hostile = azHealth({
      'pool\u001b]0;owned\u0007\u001b[2J-a~http\u202e08': [],
      'pool-b~x': [['10.0.0.9\r\nEverything is fine.', 'Unhealthy', '\u009b31mred\u0000\u200b \u001b[1;1Htop']],
    });
    const { stdout } = await run(['diagnose', '-'], { input: JSON.stringify(hostile) });
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(stdout).not.toMatch(/^Everything is fine/m);
    expect(stdout).toContain('pool-a');
  });
});
