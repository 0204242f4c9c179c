import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { TableServiceClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from '../scripts/build.ts';
import { type Azurite, startAzurite } from '../src/local/azurite.ts';
import { type Child, startChild } from '../src/local/processes.ts';
import { plainEnvironment } from '../src/local/stack.ts';
import { createPorts } from '../src/platform/ports.ts';
import type { Answer } from '../src/simulator/answer.ts';
import type { Endpoint } from '../src/simulator/faults.ts';
import { type Simulator, startSimulator } from '../src/simulator/simulator.ts';
import { alertOf, type ManyGateways, startManyGateways } from './many-gateways.ts';

/**
 * Secrets are planted wherever something comes in, and looked for wherever something goes out. Left out of the search:
 *
 * - The raw evidence of a snapshot: it is what Azure sent, and is kept as that. Its folder is as confidential as the
 *   gateway's own configuration, and whoever reads it can read that.
 * - What is made of the evidence and lies beside it in that folder, and what the command line shows of it to the person
 *   whose folder it is, may quote the probe's path and the health texts whole: a command with half of a path is another
 *   command. Sinks are sent neither.
 * - The routing key in an event to PagerDuty, which is how PagerDuty is told for whom it is.
 * - Addresses in health texts: those are of members, and nothing tells them from others.
 */
const QUOTED_WHOLE = ['probe query', 'health credentials', 'health query', 'health cookie', 'health token'];

const project = join(import.meta.dirname, '..');
const folder = join(project, '.local', `run-${process.pid}`);
const run = promisify(execFile);

/** The planted texts by where they were planted. Each is found wherever it ends up, whole or cut. */
const planted = new Map<string, string>();
let count = 0;
function plant(place: string): string {
  count += 1;
  const secret = `Zx${String(count).padStart(3, '0')}Qv${'8fLq2Rt7Wk'.slice(0, 8)}`;
  planted.set(place, secret);
  return secret;
}
/** An address of a client, from a range that is for documentation. */
const CLIENT = '198.51.100.23';
planted.set('client address', CLIENT);

let azurite: Azurite;
let receivers: Simulator;
let azure: ManyGateways;
let echo: Server;
let host: Child<{ url: string }>;
let settings: Record<string, string>;
const hostLines: string[] = [];
const answers: string[] = [];
const functionKey = plant('function key');

/** What Azure says about the gateway, with a secret in every text that people or programs can write. */
function retell(endpoint: Endpoint, answer: Answer): Answer {
  if (typeof answer !== 'object' || answer.status !== 200) return answer;
  const body = structuredClone(answer.body) as Record<string, unknown>;
  switch (endpoint) {
    case 'gateway':
      return { ...answer, body: withSecretConfiguration(body) };
    case 'backend-health': {
      const text = `Received invalid status code: 404 in the backend server response. Asked for https://user:${secret('health credentials')}@10.20.4.4/healthz?key=${secret('health query')}; Set-Cookie: session=${secret('health cookie')}; Authorization: Bearer ${secret('health token')}`;
      return { ...answer, body: replaceText(body, /^Received invalid status code/, text) };
    }
    case 'logs':
      return {
        ...answer,
        body: replaceText(body, /^\/api\/orders/, `/api/orders?token=${secret('log query')}&ip=${CLIENT}`),
      };
    case 'resource-health':
      return {
        ...answer,
        body: replaceText(body, /known Azure platform/, `See https://x.example/?sig=${secret('resource health')}`),
      };
    case 'metrics':
      return {
        status: 403,
        body: {
          error: {
            code: 'AuthorizationFailed',
            message: `The client '${CLIENT}' sent Authorization: Bearer ${secret('arm error token')} to https://x.example/a?sig=${secret('arm error query')}`,
          },
        },
      };
    case 'activity-log':
      return { ...answer, body: withSecretEvents(body) };
    default:
      return answer;
  }
}

const known = new Map<string, string>();
function secret(place: string): string {
  const value = known.get(place) ?? plant(place);
  known.set(place, value);
  return value;
}

function withSecretConfiguration(gateway: Record<string, unknown>): unknown {
  const properties = gateway.properties as Record<string, unknown>;
  const probes = properties.probes as { properties: Record<string, unknown> }[];
  for (const probe of probes) probe.properties.path = `${probe.properties.path}?key=${secret('probe query')}`;
  return {
    ...gateway,
    tags: { owner: 'team-shop', 'deploy-hook': `https://hooks.example/x?sig=${secret('tag url')}`, key: secret('tag') },
    properties: {
      ...properties,
      rewriteRuleSets: [
        {
          name: 'headers',
          properties: {
            rewriteRules: [
              {
                name: 'key',
                actionSet: {
                  requestHeaderConfigurations: [{ headerName: 'X-Api-Key', headerValue: secret('header value') }],
                },
              },
            ],
          },
        },
      ],
      redirectConfigurations: [
        {
          name: 'login',
          properties: { targetUrl: `https://login.example/?client_secret=${secret('redirect query')}` },
        },
      ],
      customErrorConfigurations: [
        {
          statusCode: 'HttpStatus502',
          customErrorPageUrl: `https://st.example/502.html?sig=${secret('error page query')}`,
        },
      ],
    },
  };
}

function withSecretEvents(list: Record<string, unknown>): unknown {
  const value = (list.value ?? []) as Record<string, unknown>[];
  return {
    ...list,
    value: value.map((event) => ({
      ...event,
      claims: { ipaddr: CLIENT, 'http://schemas.example/token': secret('activity claims') },
      httpRequest: { clientIpAddress: CLIENT, uri: `https://x.example/?code=${secret('activity query')}` },
      properties: { ...(event.properties as object), requestbody: `{"password":"${secret('activity body')}"}` },
    })),
  };
}

/** Replaces every text that fits, wherever it is. */
function replaceText(value: unknown, fits: RegExp, text: string): unknown {
  if (typeof value === 'string') return fits.test(value) ? text : value;
  if (Array.isArray(value)) return value.map((each) => replaceText(each, fits, text));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replaceText(each, fits, text)]));
}

/** A receiver that says back everything that it was sent, as a talkative proxy does. */
async function startEcho(): Promise<string> {
  echo = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      response.writeHead(400, { 'content-type': 'text/plain' });
      response.end(`no webhook at ${request.url} for ${CLIENT}, headers ${JSON.stringify(request.headers)}, ${text}`);
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const dist = join(folder, 'secrets-dist');
  mkdirSync(dist, { recursive: true });
  await build({ root: project, outdir: dist });
  [azurite, receivers, azure] = await Promise.all([
    startAzurite(),
    startSimulator({ scenario: 'all-healthy' }),
    startManyGateways({ scenario: 'probe-path-404', names: ['gw-with-secrets'], retell }),
  ]);
  writeFileSync(join(folder, 'authority.pem'), azure.caPem);
  const { httpUrl, identity } = receivers;
  const { connectionString } = azurite;
  planted.set('storage key', /AccountKey=([^;]+)/.exec(connectionString)?.[1] ?? '');
  planted.set('identity header', identity.IDENTITY_HEADER);
  settings = {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: connectionString,
    ARM_ENDPOINT: azure.url,
    LOGS_ENDPOINT: azure.url,
    ...identity,
    LOG_LEVEL: 'debug',
    SLACK_WEBHOOK_URL: `${httpUrl}/slack/services/T000/B000/${plant('slack webhook')}`,
    TEAMS_WEBHOOK_URL: `${await startEcho()}/teams/${plant('teams path')}?sig=${plant('teams signature')}`,
    PAGERDUTY_ROUTING_KEY: `${plant('routing key')}${'0'.repeat(32)}`.slice(0, 32),
    PAGERDUTY_EVENTS_URL: `${httpUrl}/pagerduty/v2/enqueue`,
    WEBHOOK_URL: `${httpUrl}/webhook?code=${plant('webhook code')}`,
    WEBHOOK_SECRET: plant('webhook secret').padEnd(40, 'x'),
    PAGERDUTY_WEBHOOK_SECRET: plant('pagerduty secret').padEnd(40, 'x'),
    HEARTBEAT_URL: `http://127.0.0.1:9/${plant('heartbeat path')}?key=${plant('heartbeat query')}`,
    LOCAL_HOST_FUNCTION_KEY: functionKey,
    AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.2',
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:01',
    AzureFunctionsJobHost__logging__logLevel__default: 'Trace',
    AzureFunctionsJobHost__logging__logLevel__Host: 'Trace',
  };
  host = await startChild({
    name: 'The host',
    entry: join(project, 'src/local/host/main.ts'),
    args: ['--root', dist, '--port', '0'],
    env: { ...plainEnvironment(), ...settings, NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') },
    cwd: folder,
    readReady: (message) => message as { url: string },
    readyWithinMs: 120_000,
    onLine: (line) => hostLines.push(line),
  });
  await live();
});
afterAll(async () => {
  await host?.stop();
  await azurite?.stop();
  await azure?.close();
  await receivers?.close();
  await new Promise((resolve) => (echo ? echo.close(resolve) : resolve(undefined)));
  rmSync(folder, { recursive: true, force: true });
});

async function post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await fetch(`${host.ready.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-functions-key': functionKey, ...headers },
    body,
  });
  const text = await answer.text();
  answers.push(`${answer.status} ${JSON.stringify([...answer.headers])} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}

/** The alert, with a secret in every text that whoever writes alert rules can fill in. */
function secretAlert(): string {
  const [world] = azure.worlds;
  if (!world) throw new Error('There is a gateway.');
  const alert = JSON.parse(alertOf(world, {}));
  const { essentials, alertContext } = alert.data;
  Object.assign(essentials, {
    alertRule: `orders down https://user:${plant('rule credentials')}@wiki.example/runbook?sig=${plant('rule query')}`,
    description: `hook https://hooks.slack.com/services/T0/B0/${plant('description hook')} password ${plant('description')}`,
  });
  alert.data.customProperties = {
    token: plant('custom property'),
    link: `https://x.example/?sig=${plant('custom link')}`,
  };
  const [condition] = alertContext.condition.allOf;
  Object.assign(condition, {
    searchQuery: `union * | where token == "${plant('search query')}"`,
    linkToSearchResultsUI: `https://portal.example/#q=${plant('search link')}`,
    linkToSearchResultsAPI: `https://api.example/query?query=${plant('search api')}`,
  });
  condition.dimensions.push(
    { name: 'clientIP_s', value: CLIENT },
    { name: 'requestQuery_s', value: `token=${plant('dimension query')}` },
    { name: 'requestUri_s', value: `https://shop.example/a?token=${plant('dimension uri')}` },
  );
  return JSON.stringify(alert);
}

async function live(): Promise<void> {
  const { incidents } = createPorts({ ...settings, LOG_LEVEL: 'error' });
  const opened = (await post('/api/alerts/azure-monitor', secretAlert(), {
    cookie: `session=${plant('request cookie')}`,
    authorization: `Bearer ${plant('request token')}`,
    'x-forwarded-for': CLIENT,
  })) as { incidentId: string };
  // What is refused, set aside or asked for by a person is answered and logged as well.
  await post('/api/alerts/azure-monitor', `{"token":"${plant('refused body')}"}`);
  await post('/api/alerts/azure-monitor', `{"token":"${plant('broken body')}"`);
  await post(`/api/alerts/azure-monitor?code=${plant('wrong code')}`, '{}', { 'x-functions-key': plant('wrong key') });
  const foreign = secretAlert().replaceAll(/applicationGateways/gi, 'loadBalancers');
  await post('/api/alerts/azure-monitor', foreign);
  await post(
    '/api/investigations',
    JSON.stringify({
      gatewayId: JSON.parse(secretAlert()).data.essentials.alertTargetIDs[0],
      reason: `asked, see https://x.example/?sig=${plant('person query')}`,
      token: plant('person token'),
    }),
  );
  // Nonsense on the queues, and a message that fails.
  const queues = QueueServiceClient.fromConnectionString(azurite.connectionString);
  for (const name of ['investigate', 'deliver']) {
    const queue = queues.getQueueClient(name);
    await queue.createIfNotExists();
    const nonsense = JSON.stringify({ secret: plant(`${name} nonsense`) });
    await queue.sendMessage(Buffer.from(nonsense).toString('base64'));
  }

  for (;;) {
    const left = await Promise.all(
      ['investigate', 'deliver'].map(
        async (name) => (await queues.getQueueClient(name).getProperties()).approximateMessagesCount,
      ),
    );
    const incident = await incidents.get(opened.incidentId);
    const isTold = incident?.told !== undefined && incident.told.kind !== 'page' && incident.outbox.length === 0;
    if (isTold && left.every((each) => each === 0)) return;
    await sleep(100);
  }
}

/** Where secrets are found in a text; what is only a part of one counts as well. */
function found(text: string): readonly string[] {
  const plain = text.toLowerCase();
  return [...planted].flatMap(([place, value]) => {
    const forms = [
      value,
      value.slice(0, 12),
      encodeURIComponent(value),
      Buffer.from(value).toString('base64').slice(0, 14),
    ];
    return forms.some((form) => form.length >= 10 && plain.includes(form.toLowerCase())) ? [place] : [];
  });
}

function leaks(
  outputs: readonly (readonly [where: string, text: string])[],
  mayQuote: readonly string[] = [],
): readonly string[] {
  const places = ([where, text]: readonly [string, string]) =>
    found(text).flatMap((place) => (mayQuote.includes(place) ? [] : [`${place} in ${where}`]));
  return [...new Set(outputs.flatMap(places))];
}

async function allRows(): Promise<readonly (readonly [string, string])[]> {
  const service = TableServiceClient.fromConnectionString(azurite.connectionString, { allowInsecureConnection: true });
  const rows: (readonly [string, string])[] = [];
  for await (const { name } of service.listTables()) {
    const { openStorage } = await import('../src/platform/storage.ts');
    const { readSettings } = await import('../src/platform/settings.ts');
    const table = await openStorage(readSettings(settings)).table(name ?? '');
    for await (const row of table.listEntities()) {
      // A document is cut into pieces; a secret across a cut is found in the whole.
      const pieces = Object.entries(row)
        .filter(([key]) => /^d\d+$/.test(key))
        .map(([, piece]) => piece);
      rows.push([`table ${name}`, `${JSON.stringify(row)} ${pieces.join('')}`]);
    }
  }
  return rows;
}

async function allMessages(): Promise<readonly (readonly [string, string])[]> {
  const service = QueueServiceClient.fromConnectionString(azurite.connectionString);
  const messages: (readonly [string, string])[] = [];
  for await (const { name } of service.listQueues()) {
    const { peekedMessageItems } = await service.getQueueClient(name).peekMessages({ numberOfMessages: 32 });
    for (const { messageText } of peekedMessageItems) {
      messages.push([`queue ${name}`, Buffer.from(messageText, 'base64').toString()]);
    }
  }
  return messages;
}

async function allDocuments(): Promise<readonly (readonly [string, string])[]> {
  const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient('snapshots');
  const documents: (readonly [string, string])[] = [];
  for await (const { name } of container.listBlobsFlat()) {
    documents.push([name, (await container.getBlobClient(name).downloadToBuffer()).toString()]);
  }
  return documents;
}

/** What is made of the evidence, in contrast to the evidence itself. */
function isOurs([name]: readonly [string, string]): boolean {
  return /\/(notification-\d+|diagnosis|snapshot)\.json$/.test(name);
}

test('the plants are where they should be: the raw evidence holds what Azure sent', async () => {
  const raw = (await allDocuments()).filter((document) => !isOurs(document));
  const inRaw = new Set(leaks(raw).map((leak) => leak.replace(/ in .*/, '')));
  for (const place of ['probe query', 'tag', 'header value', 'health query', 'health cookie']) {
    expect([place, inRaw.has(place)]).toEqual([place, true]);
  }
  expect(planted.size).toBeGreaterThan(40);
});

describe('no secret, client address or query string is', () => {
  test('in what the host printed', () => {
    expect(hostLines.length).toBeGreaterThan(10);
    expect(leaks(hostLines.map((line) => ['the log', line]))).toEqual([]);
  });

  test('in an answer of a door', () => {
    expect(answers.length).toBeGreaterThanOrEqual(6);
    expect(leaks(answers.map((answer) => ['an answer', answer]))).toEqual([]);
  });

  test('in a table or on a queue, dead letters among them', async () => {
    const [rows, messages] = [await allRows(), await allMessages()];
    const tables = new Set(rows.map(([where]) => where));
    // The sweep writes there as well, where it comes by in time.
    tables.delete('table health');
    expect(tables).toEqual(new Set(['table incidents', 'table deliveries', 'table intake', 'table allowances']));
    // Teams refuses everything, and says back what it was sent.
    expect(messages.filter(([where]) => where === 'queue deliver-poison').length).toBeGreaterThan(0);
    expect(leaks([...rows, ...messages])).toEqual([]);
  });

  test('in a notification or a diagnosis that is kept', async () => {
    const ours = (await allDocuments()).filter(isOurs);
    expect(ours.length).toBeGreaterThanOrEqual(4);
    expect(leaks(ours, QUOTED_WHOLE)).toEqual([]);
  });

  test('in a message to a sink', () => {
    const sent = receivers.inbox.all().map(({ receiver, body }) => {
      const { routing_key: _forWhom, ...rest } = body as Record<string, unknown>;
      return [receiver, JSON.stringify(rest)] as const;
    });
    expect(new Set(sent.map(([receiver]) => receiver))).toEqual(new Set(['slack', 'pagerduty', 'webhook']));
    // The story is told all the same.
    expect(sent.some(([, text]) => text.includes('/healthz'))).toBe(true);
    expect(leaks(sent)).toEqual([]);
  });

  test('in what the command line prints, of the same evidence', async () => {
    const documents = await allDocuments();
    const [first] = documents.find(([name]) => name.endsWith('/snapshot.json')) ?? [''];
    const snapshot = join(folder, 'snapshot');
    mkdirSync(snapshot, { recursive: true });
    for (const [name, text] of documents.filter(([name]) => dirname(name) === dirname(first))) {
      writeFileSync(join(snapshot, name.slice(dirname(name).length + 1)), text);
    }
    const program = join(folder, 'cli.ts');
    const main = JSON.stringify(join(project, 'src/cli/main.ts'));
    writeFileSync(program, `import { main } from ${main}; await main(process.argv.slice(2));`);
    const env = { ...plainEnvironment(), AzureWebJobsStorage: azurite.connectionString };
    const cli = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) => {
      const options = { env: { ...env, ...more } };
      return run(process.execPath, [program, ...args], options).then(
        ({ stdout, stderr }) => ({ code: 0, text: `${stdout}${stderr}` }),
        (error: { code: number; stdout: string; stderr: string }) => ({
          code: error.code,
          text: `${error.stdout}${error.stderr}`,
        }),
      );
    };
    const said = await Promise.all([
      cli(['diagnose', snapshot]),
      cli(['diagnose', snapshot, '--json']),
      cli(['deliveries']),
      cli(['deliveries', '--json']),
      cli(['silence', '--list']),
      cli(['deliveries'], {
        AzureWebJobsStorage: azurite.connectionString.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:9'),
      }),
      cli(['deliveries'], { AzureWebJobsStorage: `${azurite.connectionString}nonsense` }),
    ]);
    expect(said.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 2, expect.any(Number)]);
    expect(said[0]?.text).toContain('404');
    const outputs = said.map(({ text }, index) => [`command ${index}`, text] as const);
    expect(leaks(outputs.slice(0, 2), QUOTED_WHOLE)).toEqual([]);
    expect(leaks(outputs.slice(2))).toEqual([]);
  });
});
