import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../src/local/azurite.ts';
import { type Child, startChild } from '../src/local/processes.ts';

/** A fixture app, built by the project's build, loaded by the local host through the real @azure/functions. */

const project = join(import.meta.dirname, '..');
const run = promisify(execFile);
const KEY = 'the function key';
const ADMIN_KEY = 'the admin key';

interface Ready {
  readonly url: string;
  readonly functions: readonly { readonly name: string }[];
}

let root: string;
let azurite: Azurite;
let host: Child<Ready>;
const lines: string[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'appgw-triage-host-'));
  cpSync(join(project, 'src/local/fixture-app'), join(root, 'functions'), { recursive: true });
  cpSync(join(project, 'package.json'), join(root, 'package.json'));
  cpSync(join(project, 'host.json'), join(root, 'host.json'));
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'), 'junction');
  const built = run(process.execPath, [join(project, 'scripts/build.ts'), '--root', root]);
  [azurite] = await Promise.all([startAzurite(), built]);
  host = await startFixtureHost();
});

afterAll(async () => {
  await host?.stop();
  await azurite?.stop();
  rmSync(root, { recursive: true, force: true });
});

function startFixtureHost(env: Readonly<Record<string, string>> = {}): Promise<Child<Ready>> {
  return startChild({
    name: 'The host',
    entry: join(project, 'src/local/host/main.ts'),
    args: ['--root', join(root, 'dist'), '--port', '0'],
    env: {
      PATH: process.env.PATH,
      AzureWebJobsStorage: azurite.connectionString,
      WORK_QUEUE: 'work',
      LOCAL_HOST_FUNCTION_KEY: KEY,
      LOCAL_HOST_ADMIN_KEY: ADMIN_KEY,
      FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '1000',
      AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.1',
      AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:00',
      AzureFunctionsJobHost__logging__logLevel__Host: 'Information',
      ...env,
    },
    readReady: (message) => message as Ready,
    readyWithinMs: 60_000,
    onLine: (line) => lines.push(line),
  });
}

const call = (path: string, init: RequestInit = {}) => fetch(`${host.ready.url}${path}`, init);
const withKey = { headers: { 'x-functions-key': KEY } };

function queue(name: string) {
  return QueueServiceClient.fromConnectionString(azurite.connectionString).getQueueClient(name);
}

/** Takes messages off a queue until one fits. */
async function take<Message>(name: string, fits: (message: Message) => boolean): Promise<Message> {
  for (;;) {
    const answer = await queue(name)
      .receiveMessages()
      .catch(() => undefined);
    for (const item of answer?.receivedMessageItems ?? []) {
      await queue(name).deleteMessage(item.messageId, item.popReceipt);
      const message: Message = JSON.parse(Buffer.from(item.messageText, 'base64').toString('utf8'));
      if (fits(message)) return message;
    }
    await sleep(50);
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}

describe('the build', () => {
  test('makes a folder that can be deployed', () => {
    const read = (file: string) => JSON.parse(readFileSync(join(root, 'dist', file), 'utf8'));
    const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    expect(read('package.json')).toEqual({
      name: 'appgw-triage',
      version,
      private: true,
      type: 'module',
      main: 'functions/*.js',
      // Everything is bundled: nothing has to be installed beside it.
      dependencies: {},
    });
    expect(read('host.json')).toEqual(JSON.parse(readFileSync(join(project, 'host.json'), 'utf8')));
  });

  test('fails with one line where there is nothing to build, and leaves what it does not own', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'appgw-triage-empty-'));
    writeFileSync(join(empty, 'keep'), '');
    const build = (...args: string[]) => run(process.execPath, [join(project, 'scripts/build.ts'), ...args]);
    await expect(build('--root', empty)).rejects.toMatchObject({
      code: 1,
      stderr: 'The build failed: functions/ holds no function.\n',
    });
    mkdirSync(join(empty, 'functions'));
    writeFileSync(join(empty, 'functions', 'broken.ts'), 'import "./missing.ts";');
    await expect(build('--root', empty, '--outdir', empty)).rejects.toMatchObject({
      code: 1,
      stderr: 'The build failed: The output folder must not hold the sources.\n',
    });
    await expect(build('--root', empty)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The build failed: functions\/broken\.ts:1: .*missing\.ts.*\n$/),
    });
    expect(readFileSync(join(empty, 'keep'), 'utf8')).toBe('');
    rmSync(empty, { recursive: true });
  });
});

describe('HTTP', () => {
  test('hands the real request over and the whole answer back', async () => {
    const answer = await call('/api/echo/lines/42?a=1&a=2&b=%20', {
      method: 'POST',
      headers: { ...withKey.headers, 'x-asked': 'yes' },
      body: 'grüße',
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('x-seen-by')).toBe('echo');
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.getSetCookie()).toEqual(['crumb=a%20b; Path=/; Max-Age=60; HttpOnly; SameSite=Strict']);
    expect(await answer.json()).toEqual({
      isRequest: true,
      method: 'POST',
      path: '/api/echo/lines/42',
      params: { kind: 'lines', number: '42' },
      query: [
        ['a', '1,2'],
        ['b', ' '],
      ],
      header: 'yes',
      body: 'grüße',
      hasTrace: true,
    });
  });

  test('knows optional parts, prefers literal ones, and finds nothing else', async () => {
    const optional = await call('/API/Echo/lines/', withKey);
    expect(await optional.json()).toMatchObject({ params: { kind: 'lines' } });
    expect(await (await call('/api/echo/fixed')).text()).toBe('fixed');
    for (const path of ['/', '/echo/lines', '/api/echo', '/api/echo/lines/x', '/api/echo/lines/1/2']) {
      expect([path, (await call(path, withKey)).status]).toEqual([path, 404]);
    }
    expect((await call('/api/echo/lines', { ...withKey, method: 'DELETE' })).status).toBe(404);
    expect((await call('/api/echo/%zz', withKey)).status).toBe(400);
  });

  test('asks for keys', async () => {
    const status = async (path: string, headers = {}) => (await call(path, { headers })).status;
    expect(await status('/api/echo/lines')).toBe(401);
    expect(await status('/api/echo/lines', { 'x-functions-key': `${KEY}x` })).toBe(401);
    expect(await status(`/api/echo/lines?code=${encodeURIComponent(KEY)}`)).toBe(201);
    expect(await status('/api/echo/lines', { 'x-functions-key': ADMIN_KEY })).toBe(201);
    expect(await status('/api/admin-only', withKey.headers)).toBe(401);
    expect(await status('/api/admin-only', { 'x-functions-key': ADMIN_KEY })).toBe(200);
  });

  test('answers 204 for nothing, keeps 304 empty, and 500 for an error without its text', async () => {
    expect((await call('/api/nothing')).status).toBe(204);
    expect((await call('/api/empty')).status).toBe(304);
    const failed = await call('/api/fails');
    expect([failed.status, await failed.text()]).toEqual([500, '']);
    await until(() => lines.some((line) => line.includes('on purpose, see <url>')));
    expect(lines.join('\n')).not.toContain('sig=secret');
  });

  test('refuses a body over the limit, with or without a length', async () => {
    const post = (body: string) => call('/api/echo/lines', { ...withKey, method: 'POST', body });
    expect((await post('x'.repeat(1_000))).status).toBe(201);
    expect((await post('x'.repeat(1_001))).status).toBe(413);
    expect(await chunkedStatus('x'.repeat(2_000))).toBe(413);
  });

  test('refuses a Host header that is none', async () => {
    expect(await rawStatus({ headers: { ...withKey.headers, host: 'a b' } })).toBe(400);
  });

  test('lets hooks change the outcome', async () => {
    const answer = await call('/api/mended');
    expect([answer.status, await answer.text()]).toEqual([200, 'mended by a hook']);
  });

  test('outlives an error that a function leaves unhandled', async () => {
    expect(await (await call('/api/forgets')).text()).toBe('fine so far');
    await until(() => lines.some((line) => line.includes('forgotten on purpose')));
    expect((await call('/api/echo/fixed')).status).toBe(200);
  });

  test('passes the log of a function on, with its name and invocation, through the log hooks', async () => {
    await call('/api/echo/loud', withKey);
    await until(() => lines.some((line) => line.includes('echoing loudly')));
    const entry = JSON.parse(lines.find((line) => line.includes('echoing loudly')) ?? '');
    expect(entry).toMatchObject({ level: 'information', category: 'user', function: 'echo' });
    expect(entry.invocationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  /** fetch would correct these requests, so they go out by hand. */
  function rawStatus({ headers, body }: { headers: Record<string, string>; body?: string }): Promise<number> {
    return new Promise((resolve, reject) => {
      const url = `${host.ready.url}/api/echo/lines`;
      const request = httpRequest(url, { method: body ? 'POST' : 'GET', headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', reject);
      request.end(body);
    });
  }

  function chunkedStatus(body: string): Promise<number> {
    return rawStatus({ headers: { ...withKey.headers, 'transfer-encoding': 'chunked' }, body });
  }
});

describe('queues and timers', () => {
  interface Done {
    readonly id: string;
    readonly attempt: number;
  }

  test('an output feeds the trigger, and its output comes out', async () => {
    const answer = await call('/api/enqueue', { method: 'POST', body: JSON.stringify([{ id: 'a' }, { id: 'b' }]) });
    expect(answer.status).toBe(202);
    const done = [await take<Done>('done', () => true), await take<Done>('done', () => true)];
    expect(done.sort((left, right) => left.id.localeCompare(right.id))).toEqual([
      { id: 'a', attempt: 1, isWhole: true, type: 'object' },
      { id: 'b', attempt: 1, isWhole: true, type: 'object' },
    ]);
  });

  test('a failing message is tried again, and goes to the poison queue after five attempts', async () => {
    const body = JSON.stringify([
      { id: 'third', failUntil: 3 },
      { id: 'never', failUntil: 99 },
    ]);
    await call('/api/enqueue', { method: 'POST', body });
    expect(await take<Done>('done', ({ id }) => id === 'third')).toMatchObject({ attempt: 3 });
    expect(await take<Done>('work-poison', () => true)).toEqual({ id: 'never', failUntil: 99 });
    await until(async () => (await queue('work').getProperties()).approximateMessagesCount === 0);
    expect(lines.join('\n')).not.toContain('attempt 6 fails on purpose');
  });

  test('a timer runs at the start, and knows its next time', async () => {
    const tick = await take<{ next: string; isPastDue: boolean }>('ticks', () => true);
    expect(tick.next).toMatch(/^\d{4}-02-29T00:00:00\.000Z$/);
    expect(tick.isPastDue).toBe(false);
  });

  test('a trigger that is not driven leaves one clear line', () => {
    const about = lines.map((line) => JSON.parse(line)).filter((entry) => entry.function === 'bus');
    expect(about).toHaveLength(1);
    expect(about[0]).toMatchObject({ level: 'warning', trigger: 'serviceBusTrigger' });
  });
});

describe('the process', () => {
  test('names every function', () => {
    expect(host.ready.functions.map(({ name }) => name).sort()).toEqual([
      'admin-only',
      'bus',
      'echo',
      'echo-fixed',
      'empty',
      'enqueue',
      'fails',
      'forgets',
      'hangs',
      'mended',
      'nothing',
      'tick',
      'work',
    ]);
  });

  test('ends cleanly when it is asked to', async () => {
    const second = await startFixtureHost();
    await second.stop();
    expect(await second.exited).toMatch(/^The host ended with exit code 0\./);
  });

  test('gives a function up after the functionTimeout of host.json', async () => {
    const hasty = await startFixtureHost({ AzureFunctionsJobHost__functionTimeout: '00:00:00.2', WORK_QUEUE: 'other' });
    expect((await fetch(`${hasty.ready.url}/api/hangs`)).status).toBe(500);
    await until(() => lines.some((line) => line.includes('Function ran out of time.')));
    await hasty.stop();
  });

  test('says in one line why it cannot start', async () => {
    await expect(startFixtureHost({ AzureWebJobsStorage: '' })).rejects.toThrow(
      /Function "\w+": The connection string in the setting "AzureWebJobsStorage" is missing\.$/,
    );
    await expect(startFixtureHost({ AzureFunctionsJobHost__extensions__queues__batchSize: '33' })).rejects.toThrow(
      /"extensions\.queues\.batchSize" has to be a whole number from 1 to 32\.$/,
    );
  });
});
