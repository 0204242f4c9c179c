import { createHmac } from 'node:crypto';
import fs, { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { build } from '../scripts/build.ts';
import { backendHealthJson, GATEWAY_ID, gatewayJson } from '../src/causes/case.ts';
import type { Io } from '../src/cli/command.ts';
import { main } from '../src/cli/main.ts';
import { type Azurite, startAzurite } from '../src/local/azurite.ts';
import { type Child, startChild } from '../src/local/processes.ts';
import { plainEnvironment } from '../src/local/stack.ts';
import { digest } from '../src/platform/ports.ts';
import { readSettings } from '../src/platform/settings.ts';
import { openStorage } from '../src/platform/storage.ts';
import { onAccessLog, onAlertStream } from '../src/platform/stream-triggers.ts';
import { createTrafficTable } from '../src/platform/traffic-table.ts';
import { onAlert, onDeliver, onInvestigate, onPagerDuty, onRequest } from '../src/platform/triggers.ts';
import { alertFor } from '../src/simulator/alert.ts';
import { worldOf } from '../src/simulator/scenarios/index.ts';
import { gatewayId } from '../src/simulator/world.ts';

/**
 * Whatever comes in at a door is answered: taken, set aside with its reason, or refused with one clear error. Nothing
 * throws, nothing is left unhandled. The doors are the functions' own handlers on real storage.
 */

const project = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'appgw-triage-doors-'));
const PAGERDUTY_SECRET = 'a secret for signing';
const world = worldOf('wrong-port', new Date('2026-11-23T02:00:00Z'));

let azurite: Azurite;
const unhandled: unknown[] = [];
const onUnhandled = (error: unknown) => unhandled.push(error);

beforeAll(async () => {
  azurite = await startAzurite();
  Object.assign(process.env, {
    AzureWebJobsStorage: azurite.connectionString,
    // Nothing may leave this machine, whatever an alert names.
    ARM_ENDPOINT: 'https://127.0.0.1:9',
    LOGS_ENDPOINT: 'https://127.0.0.1:9',
    ALLOWED_GATEWAYS: [gatewayId(world), GATEWAY_ID].join(','),
    PAGERDUTY_WEBHOOK_SECRET: PAGERDUTY_SECRET,
    WEBHOOK_URL: 'http://127.0.0.1:9/',
    LOG_LEVEL: 'error',
  });
  process.on('unhandledRejection', onUnhandled);
});
afterAll(async () => {
  process.off('unhandledRejection', onUnhandled);
  await azurite?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const context = new InvocationContext();

function requestOf(body: Uint8Array, headers: Readonly<Record<string, string>>): HttpRequest {
  return new HttpRequest({ method: 'POST', url: 'http://localhost/api/door', headers, body: { bytes: body } });
}

const bytesOf = (value: unknown) => Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
const JSON_TYPE = { 'content-type': 'application/json' };

/** Texts that programs stumble over. */
const nasty = fc.constantFrom(
  '',
  ' ',
  '\u0000',
  '\ud800',
  '\u202e',
  '__proto__',
  'constructor',
  '../../../etc/passwd',
  "' or 1=1 --",
  '<script>',
  '{{7*7}}',
  'x'.repeat(70_000),
  '/subscriptions/',
  GATEWAY_ID,
  `${GATEWAY_ID}/../x`,
  '9'.repeat(400),
  '1e999',
  '0001-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
);
const anyJson: fc.Arbitrary<unknown> = fc.oneof(nasty, fc.jsonValue({ maxDepth: 4 }), fc.double(), fc.constant(null));
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ maxLength: 300, unit: 'binary' }).map((text) => Buffer.from(text)),
  anyJson.map(bytesOf),
  fc.integer({ min: 1, max: 200_000 }).map((depth) => Buffer.from('['.repeat(depth))),
  fc.integer({ min: 1, max: 50_000 }).map((depth) => Buffer.from(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)),
  fc.constantFrom(Buffer.from([0xff, 0xfe, 0x7b]), Buffer.from('\ufeff{}'), Buffer.alloc(1_048_577, 0x20)),
);
const anyType = fc.constantFrom(
  'application/json',
  'text/plain',
  'application/json; charset=utf-16',
  '',
  'multipart/form-data',
);

/** A document with something else at some of its places. */
function changed(document: unknown): fc.Arbitrary<unknown> {
  const places = placesIn(document);
  const change = fc.record({
    place: fc.constantFrom(...places),
    value: anyJson,
    how: fc.constantFrom('set', 'drop', 'list'),
  });
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const copy = structuredClone(document);
    for (const { place, value, how } of changes) apply(copy, place, how, value);
    return copy;
  });
}

function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const below = Object.entries(value).flatMap(([key, each]) => placesIn(each, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

function apply(document: unknown, place: readonly string[], how: string, value: unknown): void {
  let parent = document as Record<string, unknown>;
  for (const key of place.slice(0, -1)) {
    const next = parent[key];
    if (typeof next !== 'object' || next === null) return;
    parent = next as Record<string, unknown>;
  }
  const key = place.at(-1) ?? '';
  if (how === 'drop') delete parent[key];
  else parent[key] = how === 'list' ? [parent[key], value] : value;
}

/** One clear error, or what was done with it and why. */
function checkAnswer({ status = 200, jsonBody }: HttpResponseInit): void {
  const { error, outcome, reason } = jsonBody as Record<string, unknown>;
  if (status === 202) {
    expect(outcome).toMatch(/^(open|join|reopen|repeat|ignored|set-aside|accepted)$/);
    if (outcome !== 'accepted') expect(reason).toMatch(/\S.*\.$/s);
    return;
  }
  expect([400, 401, 413, 415]).toContain(status);
  const { code, message } = error as Record<string, string>;
  expect(code).toMatch(/^[a-z][a-z0-9-]+$/);
  expect(message).toMatch(/^[A-Z].{10,300}\.?$/s);
}

describe('the door of alerts', () => {
  test('answers bytes of every kind', async () => {
    await fc.assert(
      fc.asyncProperty(anyBytes, anyType, async (body, type) => {
        checkAnswer(await onAlert(requestOf(body, type === '' ? {} : { 'content-type': type }), context));
      }),
      { numRuns: 150 },
    );
  });

  const alerts = (['Fired', 'Resolved'] as const).flatMap((condition) => [
    alertFor(world, { condition }),
    alertFor(worldOf('gateway-stopped', new Date('2026-11-23T02:00:00Z')), { condition }),
  ]);
  test.each(alerts.map((alert, index) => [index, alert]))(
    'answers alert %i with anything at any place',
    async (_, alert) => {
      await fc.assert(
        fc.asyncProperty(changed(alert), async (body) => {
          checkAnswer(await onAlert(requestOf(bytesOf(body), JSON_TYPE), context));
        }),
        { numRuns: 60 },
      );
    },
  );
});

test('the door of people answers everything', async () => {
  const wish = { gatewayId: GATEWAY_ID, reason: 'A customer called.' };
  await fc.assert(
    fc.asyncProperty(fc.oneof(anyBytes, changed(wish).map(bytesOf)), async (body) => {
      checkAnswer(await onRequest(requestOf(body, JSON_TYPE), context));
    }),
    { numRuns: 120 },
  );
});

test('the door of PagerDuty answers everything, signed or not', async () => {
  const event = {
    event: {
      id: '01BBBBBBBB',
      event_type: 'incident.triggered',
      resource_type: 'incident',
      occurred_at: '2026-11-23T02:00:00.000Z',
      data: { id: 'PGR0VU2', type: 'incident', title: `down: ${GATEWAY_ID}`, html_url: 'https://x.pagerduty.com/i/P' },
    },
  };
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(anyBytes, changed(event).map(bytesOf)),
      fc.boolean(),
      anyJson,
      async (body, isSigned, other) => {
        const signature = createHmac('sha256', PAGERDUTY_SECRET).update(body).digest('hex');
        const text = (JSON.stringify(other) ?? '').replace(/[^ -~]/g, '').slice(0, 5_000);
        const header = isSigned ? `v1=${signature}` : text;
        const answer = await onPagerDuty(requestOf(body, { ...JSON_TYPE, 'x-pagerduty-signature': header }), context);
        checkAnswer(answer);
        if (!isSigned && body.length <= 1_048_576) expect(answer.status).toBe(401);
      },
    ),
    { numRuns: 120 },
  );
});

describe('nonsense in an event hub', () => {
  const record = {
    time: '2026-11-23T01:59:30Z',
    resourceId: GATEWAY_ID.toUpperCase(),
    category: 'ApplicationGatewayAccessLog',
    backendPoolName: 'pool-orders',
    backendSettingName: 'http-orders',
    properties: {
      httpStatus: 502,
      timeTaken: 0.5,
      serverRouted: '10.0.0.4:80',
      requestUri: '/orders',
      receivedBytes: 5,
    },
  };
  let delivered = 0;
  /** What the host would tell of so many messages of one partition, one number after the other. */
  const metadataOf = (messages: readonly unknown[]) => ({
    partitionContext: { partitionId: '0', eventHubName: 'logs' },
    systemPropertiesArray: messages.map(() => {
      delivered += 1;
      return { sequenceNumber: delivered, enqueuedTimeUtc: '2026-11-23T02:00:00Z' };
    }),
  });
  const batchOf = (document: unknown) =>
    fc.array(fc.oneof(anyBytes, changed(document).map(bytesOf)), { minLength: 1, maxLength: 5 });
  const hand = (messages: readonly Uint8Array[]) =>
    new InvocationContext({ functionName: 'f', invocationId: 'i', triggerMetadata: metadataOf(messages) });

  test('is counted, or kept as a dead letter, and holds nothing up', async () => {
    await fc.assert(
      fc.asyncProperty(
        batchOf({ records: [record, { ...record, time: '2026-11-23T01:58:30Z' }] }),
        async (messages) => {
          await onAccessLog(messages, hand(messages));
        },
      ),
      { numRuns: 100 },
    );
    const table = createTrafficTable(openStorage(readSettings(process.env)), digest);
    const [ledger] = await table.ledgers();
    expect(ledger?.messages).toBe(delivered);
    expect(ledger?.losses.filter(({ missing }) => missing > 0)).toEqual([]);
  });

  test('is taken as an alert, or set aside, each message by itself', async () => {
    await fc.assert(
      fc.asyncProperty(batchOf(alertFor(world)), async (messages) => {
        await onAlertStream(messages, hand(messages));
      }),
      { numRuns: 60 },
    );
  });

  test('is refused whole where the host does not say which message it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyJson, fc.constant(undefined)), async (metadata) => {
        const triggerMetadata = metadata as Record<string, unknown>;
        const odd = new InvocationContext({ functionName: 'f', invocationId: 'i', triggerMetadata });
        await expect(onAccessLog([Buffer.from('{}')], odd)).rejects.toThrow('without its');
      }),
      { numRuns: 60 },
    );
  });
});

describe('nonsense on a queue', () => {
  const message = { incidentId: '0123456789abcdef-01234567', revision: 1, sink: 'webhook', notification: 'a/b.json' };

  /** What the log wrote; it writes to the process's own error stream. */
  const logged: string[] = [];
  beforeAll(() => {
    jest.spyOn(fs, 'writeSync').mockImplementation((_to: number, text: unknown) => {
      logged.push(String(text));
      return Buffer.byteLength(String(text));
    });
  });
  afterAll(() => {
    jest.restoreAllMocks();
  });

  test('is taken off the queue of investigations', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(anyJson, changed({ incidentId: message.incidentId, isRecheck: true })),
        async (body) => {
          await onInvestigate(body, context);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('is taken off the queue of deliveries; what names a message is kept as a dead letter', async () => {
    await onDeliver(message, context);
    await fc.assert(
      fc.asyncProperty(fc.oneof(anyJson, changed(message)), async (body) => {
        await onDeliver(body, context);
      }),
      { numRuns: 150 },
    );
    const queue = await openStorage(readSettings(process.env)).queue('deliver-poison');
    const { peekedMessageItems } = await queue.peekMessages({ numberOfMessages: 32 });
    const letters = peekedMessageItems.map(({ messageText }) =>
      JSON.parse(Buffer.from(messageText, 'base64').toString()),
    );
    expect(letters[0]).toEqual({
      ...message,
      isMinimal: false,
      isResent: false,
      reason: 'The content of the notification is gone.',
    });
  });

  test('is logged in one line each', () => {
    const messages = logged.map((line) => (JSON.parse(line) as { msg?: unknown }).msg);
    expect(new Set(messages)).toEqual(
      new Set([
        'unreadable message on the investigate queue',
        'unreadable message on the deliver queue',
        'delivery failed',
      ]),
    );
  });
});

describe('the command line', () => {
  /** Runs a command in this process; its output, and the exit code that it set. */
  async function cli(args: readonly string[], stdin: Uint8Array = Buffer.alloc(0)) {
    const written = { stdout: '', stderr: '' };
    const stream = (name: keyof typeof written) =>
      new Writable({
        write(chunk, _encoding, done) {
          written[name] += String(chunk);
          done();
        },
      });
    const io = {
      stdin: Readable.from([stdin]),
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      env: { AzureWebJobsStorage: azurite.connectionString },
    } as unknown as Io;
    const before = process.exitCode;
    process.exitCode = 0;
    await main(args, io);
    const code = process.exitCode;
    process.exitCode = before;
    return { ...written, code };
  }

  /** It worked, or says in one line what is wrong. */
  function checkOutput({ stdout, stderr, code }: Awaited<ReturnType<typeof cli>>): void {
    expect(stderr).not.toContain('defect');
    if (code === 0) return void expect(stdout).not.toBe('');
    expect(code).toBe(2);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.at(-1)).toMatch(/^appgw-triage: \S/);
    expect(lines.filter((line) => !line.startsWith('appgw-triage: '))).toEqual([]);
  }

  const evidence = [
    backendHealthJson({ 'pool~http': [['10.0.0.4', 'Unhealthy', 'Received invalid status code: 404']] }),
    gatewayJson({
      pools: { pool: ['10.0.0.4'] },
      settings: { http: { port: 8080 } },
      routes: [['pool', 'http']],
    }),
    {
      value: [
        {
          name: { value: 'FailedRequests' },
          timeseries: [{ data: [{ timeStamp: '2026-11-23T02:00:00Z', total: 3 }] }],
        },
      ],
    },
  ];

  test('diagnose reads what it can of any file, and says what it cannot', async () => {
    const anyFile = fc.oneof(anyBytes, ...evidence.map((document) => changed(document).map(bytesOf)));
    await fc.assert(
      fc.asyncProperty(anyFile, fc.boolean(), async (bytes, isJson) => {
        const file = join(folder, 'input.json');
        writeFileSync(file, bytes);
        checkOutput(await cli(['diagnose', file, ...(isJson ? ['--json'] : [])]));
        checkOutput(await cli(['diagnose', '-'], bytes));
      }),
      { numRuns: 120 },
    );
  });

  test('diagnose reads a folder of anything', async () => {
    const anyFile = fc.oneof(anyBytes, ...evidence.map((document) => changed(document).map(bytesOf)));
    await fc.assert(
      fc.asyncProperty(fc.array(anyFile, { maxLength: 4 }), anyBytes, async (files, manifest) => {
        const inside = mkdtempSync(join(folder, 'many-'));
        for (const [index, bytes] of files.entries()) writeFileSync(join(inside, `${index}.json`), bytes);
        writeFileSync(join(inside, 'snapshot.json'), manifest);
        checkOutput(await cli(['diagnose', inside]));
        rmSync(inside, { recursive: true });
      }),
      { numRuns: 50 },
    );
  });

  const anyArgument = fc.oneof(
    fc.constantFrom(
      '--for',
      '--from',
      '--reason',
      '--author',
      '--gateway',
      '--pool',
      '--cause',
      '--list',
      '--end',
      '--json',
    ),
    fc.constantFrom('1h', '30m', '0m', '99999d', '-1h', '2026-11-23T02:00:00Z', GATEWAY_ID, '--', '-', '--no-such'),
    nasty.filter((text) => text.length < 1_000),
    fc.string({ maxLength: 30 }),
  );
  test.each(['silence', 'deliveries', 'diagnose', 'no-such-command'])('%s answers any arguments', async (command) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyArgument, { maxLength: 6 }), async (args) => {
        // Reading a gateway asks Azure, with whoever is signed in here.
        fc.pre(command !== 'diagnose' || !args.some((arg) => arg.startsWith('--gateway')));
        checkOutput(await cli([command, ...args]));
      }),
      { numRuns: command === 'silence' ? 150 : 50 },
    );
  });

  test('a silence of nasty texts is kept, listed on one line and ended', async () => {
    const texts = ['\u001b[31mred', 'two\nlines', '\u202eback', "quote's", '\ud83d\ude00', 'x'.repeat(900)];
    for (const text of texts) {
      const added = await cli(['silence', '--for', '1h', '--reason', text, '--author', text, '--pool', text, '--json']);
      checkOutput(added);
      const { id } = JSON.parse(added.stdout) as { id: string };
      const listed = (await cli(['silence', '--list'])).stdout.trimEnd().split('\n');
      const line = listed.find((each) => each.startsWith(id)) ?? '';
      expect(line).not.toBe('');
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      checkOutput(await cli(['silence', '--end', id]));
    }
  });
});

describe('a real host', () => {
  let host: Child<{ url: string }>;
  const lines: string[] = [];
  beforeAll(async () => {
    const dist = join(project, '.local', `run-${process.pid}`, 'doors-dist');
    mkdirSync(dist, { recursive: true });
    await build({ root: project, outdir: dist });
    host = await startChild({
      name: 'The host',
      entry: join(project, 'src/local/host/main.ts'),
      args: ['--root', dist, '--port', '0'],
      env: {
        ...plainEnvironment(),
        AzureWebJobsStorage: azurite.connectionString,
        ARM_ENDPOINT: 'https://127.0.0.1:9',
        ALLOWED_GATEWAYS: '/subscriptions/none',
        PAGERDUTY_WEBHOOK_SECRET: PAGERDUTY_SECRET,
        LOCAL_HOST_FUNCTION_KEY: 'the key',
      },
      cwd: folder,
      readReady: (message) => message as { url: string },
      readyWithinMs: 120_000,
      onLine: (line) => lines.push(line),
    });
  });
  afterAll(async () => {
    await host?.stop();
    rmSync(join(project, '.local', `run-${process.pid}`), { recursive: true, force: true });
  });

  /** Sends bytes as they are, and reads what comes back until the connection closes or says nothing more. */
  function raw(text: string | Uint8Array): Promise<string> {
    const { hostname, port } = new URL(host.ready.url);
    return new Promise((resolve) => {
      let answer = '';
      const socket = connect(Number(port), hostname, () => {
        socket.write(text);
        socket.end();
      });
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString();
      });
      socket.on('error', () => resolve(answer));
      socket.on('close', () => resolve(answer));
    });
  }

  const post = (path: string, headers: readonly string[], body: string) =>
    [`POST ${path} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers, '', body].join('\r\n');
  const key = ['x-functions-key: the key', 'content-type: application/json'];
  const sized = (body: string) => [...key, `content-length: ${Buffer.byteLength(body)}`];
  const deep = '['.repeat(100_000);
  const path = '/api/alerts/azure-monitor';

  test.each([
    ['a body that ends early', post(path, [...key, 'content-length: 1000'], '{"data":'), /^$|^HTTP\/1\.1 400/],
    ['a length that is none', post(path, [...key, 'content-length: ten'], '{}'), /^HTTP\/1\.1 400/],
    ['a broken chunk', post(path, [...key, 'transfer-encoding: chunked'], 'zz\r\n{}'), /^HTTP\/1\.1 400/],
    [
      'length and chunks',
      post(path, [...sized('{}'), 'transfer-encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n'),
      /^HTTP\/1\.1 400/,
    ],
    [
      'a compressed body',
      post(path, [...sized('\x1f\x8b\b'), 'content-encoding: gzip'], '\x1f\x8b\b'),
      /^HTTP\/1\.1 400/,
    ],
    ['deep nesting', post(path, sized(deep), deep), /^HTTP\/1\.1 400/],
    ['no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400/],
    ['a path that cannot be decoded', post('/api/%zz', sized('{}'), '{}'), /^HTTP\/1\.1 40[04]/],
    ['a path that climbs', post('/api/../../etc/passwd', sized('{}'), '{}'), /^HTTP\/1\.1 404/],
    ['headers without end', post(path, [...key, `x-a: ${'a'.repeat(40_000)}`], '{}'), /^HTTP\/1\.1 431/],
    ['an unsigned event', post('/api/webhooks/pagerduty', sized('{}'), '{}'), /^HTTP\/1\.1 401/],
    ['a request without a key', post(path, ['content-length: 2'], '{}'), /^HTTP\/1\.1 401/],
    ['an empty request of a person', post('/api/investigations', sized('{}'), '{}'), /^HTTP\/1\.1 400/],
  ])('answers %s, and works on', async (_name, request, expected) => {
    expect(await raw(request)).toMatch(expected);
    const answer = await fetch(`${host.ready.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-functions-key': 'the key' },
      body: JSON.stringify(alertFor(world)),
    });
    expect([answer.status, await answer.json()]).toMatchObject([202, { outcome: 'set-aside' }]);
  });

  test('has left nothing unhandled', () => {
    expect(lines.filter((line) => /unhandled|Function failed/.test(line))).toEqual([]);
  });
});

test('nothing was left unhandled', () => {
  expect(unhandled).toEqual([]);
});
