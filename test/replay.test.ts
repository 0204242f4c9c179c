import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../src/local/azurite.ts';
import { digest } from '../src/platform/ports.ts';
import { readSettings } from '../src/platform/settings.ts';
import { openStorage } from '../src/platform/storage.ts';
import { createTrafficTable, DEAD_LETTER_CONTAINER } from '../src/platform/traffic-table.ts';
import { type EventHubs, startEventHubs } from '../src/simulator/event-hubs/event-hubs.ts';
import { requestText } from '../src/traffic/window-samples.ts';
import { runProgram, startProgram } from './spawned-cli.ts';

/** `replay` as a user runs it, against an AMQP endpoint and a storage account on this machine. */

let hubs: EventHubs;
let folder: string;
let nextHub = 0;
beforeAll(async () => {
  const names = Array.from({ length: 12 }, (_, index) => `hub-${index}`);
  hubs = await startEventHubs({
    hubs: [...names, 'letters'].map((name) => ({ name, partitions: 2 })),
    mostMessageBytes: 60_000,
  });
  folder = mkdtempSync(join(tmpdir(), 'appgw-triage-replay-'));
});
afterAll(async () => {
  await hubs?.close();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const env = () => ({ LOG_HUB_CONNECTION_STRING: hubs.connectionString });

/** Each test has a hub and files of its own. */
function place() {
  const hub = `hub-${nextHub++}`;
  const own = join(folder, hub);
  mkdirSync(own);
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(join(own, name, '..'), { recursive: true });
    writeFileSync(join(own, name), content);
    return join(own, name);
  };
  return { hub, folder: own, write };
}

const START = Date.parse('2026-09-14T02:00:00Z');
/** A record with a number of its own, by which it is found again. */
function record(number: number, extra = ''): string {
  const at = new Date(START + number * 1_000).toISOString().replace('.000Z', '+00:00');
  return requestText({ at, path: `/item/${number}${extra}`, status: 502 });
}
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const records = (from: number, to: number) => numbers(from, to).map((number) => record(number));
const envelope = (texts: readonly string[]) => `{"records":[${texts.join(',')}]}`;

/** The bodies of everything that a hub holds. */
async function bodiesIn(hub: string): Promise<readonly string[]> {
  const held = hubs.counts().find((counts) => counts.hub === hub)?.partitions ?? [];
  const count = held.reduce((sum, { events }) => sum + events, 0);
  const consumer = new EventHubConsumerClient('$Default', hubs.connectionString, hub);
  const bodies: string[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      if (count === 0) resolve();
      const processEvents = async (events: readonly { readonly body: unknown }[]) => {
        for (const { body } of events) bodies.push(String(body));
        if (bodies.length >= count) resolve();
      };
      const options = { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1, skipParsingBodyAsJson: true };
      consumer.subscribe({ processEvents, processError: async (error) => reject(error) }, options);
    });
  } finally {
    await consumer.close();
  }
  return bodies;
}

interface SentRecord {
  readonly timeStamp: string;
  readonly properties: { readonly originalRequestUriWithArgs: string };
}

async function recordsIn(hub: string): Promise<readonly SentRecord[]> {
  const bodies = await bodiesIn(hub);
  return bodies.flatMap((body) => (JSON.parse(body) as { readonly records: readonly SentRecord[] }).records);
}

/** Their numbers, in order. */
async function numbersIn(hub: string): Promise<readonly number[]> {
  const sent = await recordsIn(hub);
  const found = sent.map(({ properties }) => Number(/\/item\/(\d+)/.exec(properties.originalRequestUriWithArgs)?.[1]));
  return found.toSorted((left, right) => left - right);
}

describe('replay', () => {
  test('publishes everything in a folder, whatever form it has, once', async () => {
    const { hub, folder: own, write } = place();
    const message = envelope(records(31, 35));
    write('resourceId=/y=2026/m=09/d=14/h=02/m=00/PT1H.json', `${records(1, 20).join('\r\n')}\r\n`);
    write('resourceId=/y=2026/m=09/d=14/h=03/m=00/PT1H.json.gz', gzipSync(records(21, 30).join('\n')));
    write('messages.ndjson', `${message}\n\n${envelope(records(36, 40))}`);
    write('pretty.json', JSON.stringify(JSON.parse(envelope(records(41, 45))), null, 2));
    write('list.json', `[\n${records(46, 49).join(',\n')},\n${envelope(records(50, 52))}]`);
    write('windows.log', Buffer.from(`\ufeff${records(53, 55).join('\n')}`, 'utf16le'));
    write('notes.txt', record(99));
    const { code, stdout, stderr } = await runProgram(['replay', own, '--hub', hub], env());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Sent 55 records in \d+ messages and \d+ batch(es)?, from \d+ items\.\n$/);
    expect(await numbersIn(hub)).toEqual(numbers(1, 55));
    // A message that fits is not touched: its escapes and its order of keys are the service's.
    expect(await bodiesIn(hub)).toContain(message);
  });

  test('leaves out what is no log, says so, and is not whole then', async () => {
    const { hub, write } = place();
    const path = write('mixed.json', [record(1), '{"records":[', record(2), '{"a":1}', '7', record(3)].join('\n'));
    const { code, stdout } = await runProgram(['replay', path, '--hub', hub, '--json'], env());
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ schema: 'appgw-triage/replay@1', items: 6, broken: 1, foreign: 2, records: 3, upTo: 6, failure: null },
    });
    expect(await numbersIn(hub)).toEqual([1, 2, 3]);
  });

  test('parts a message that is larger than the hub takes', async () => {
    const { hub, write } = place();
    const path = write(
      'large.json',
      `${envelope(records(1, 200))}\n${record(201, 'x'.repeat(70_000))}\n${record(202)}`,
    );
    const { code, stdout } = await runProgram(['replay', path, '--hub', hub], env());
    expect(code).toBe(1);
    expect(stdout).toContain('Left out, as larger than the event hub takes: 1 record.');
    expect(await numbersIn(hub)).toEqual([...numbers(1, 200), 202]);
  });

  test('moves times so that the newest is now, from a pipe as well', async () => {
    const { hub } = place();
    const before = Date.now();
    const args = ['replay', '-', '--hub', hub, '--shift-to-now'];
    const { code } = await runProgram(args, env(), [record(5), envelope([record(1), record(65)])].join('\n'));
    expect(code).toBe(0);
    const times = (await recordsIn(hub)).map(({ timeStamp }) => Date.parse(timeStamp)).toSorted((a, b) => a - b);
    const [first = 0, second = 0, last = 0] = times;
    expect([second - first, last - first]).toEqual([4_000, 64_000]);
    // Times without parts of a second stay so.
    expect(last).toBeGreaterThan(before - 1_000);
    expect(last).toBeLessThanOrEqual(Date.now());
  });

  test('sends nothing in a dry run, and needs no hub for it', async () => {
    const { write } = place();
    const path = write('some.json', records(1, 30).join('\n'));
    const { code, stdout } = await runProgram(['replay', path, '--dry-run', '--skip', '10']);
    expect([code, stdout]).toEqual([
      0,
      'Would send 20 records in 1 message and 1 batch, from 30 items, the first 10 left out.\n',
    ]);
  });

  test('that is stopped says where, and goes on there', async () => {
    const { hub, write } = place();
    const path = write('all.json', records(1, 60).join('\n'));
    const program = startProgram(['replay', '-', '--hub', hub, '--rate', '10', '--json'], env());
    program.child.stdin.write(`${records(1, 60).join('\n')}\n`);
    const held = () => hubs.counts().find((counts) => counts.hub === hub)?.partitions ?? [];
    await program.until(() => held().some(({ events }) => events > 0));
    program.child.kill('SIGINT');
    const { code, stdout } = await program.ended;
    const first = JSON.parse(stdout);
    expect([code, first.isStopped, first.records]).toEqual([1, true, first.upTo]);
    expect(await numbersIn(hub)).toEqual(numbers(1, first.upTo));
    const rest = await runProgram(['replay', path, '--hub', hub, '--skip', String(first.upTo)], env());
    expect(rest.code).toBe(0);
    expect(await numbersIn(hub)).toEqual(numbers(1, 60));
  });

  test('of an archive that is cut off sends what is whole, and says that it is not', async () => {
    const { hub, write } = place();
    const whole = gzipSync(records(1, 2_000).join('\n'));
    const path = write('cut.json.gz', whole.subarray(0, whole.length / 2));
    const { code, stdout, stderr } = await runProgram(['replay', path, '--hub', hub], env());
    expect([code, stderr]).toEqual([2, `appgw-triage: ${path} is no whole gzip file\n`]);
    const [, upTo = ''] = /go on with --skip (\d+)\.\n/.exec(stdout) ?? [];
    expect(await numbersIn(hub)).toEqual(numbers(1, Number(upTo)));
  });

  test.each([
    [['nothere.json', '--hub', 'hub-0'], /nothere\.json does not exist/],
    [['.', '--hub', 'nowhere'], /there is no event hub nowhere/],
    [['a', 'b', '--hub', 'hub-0'], /takes one path/],
    [['--hub', 'hub-0'], /needs a file, a folder, - for stdin, or --dead-letters/],
    [['a', '--dead-letters', '--hub', 'hub-0'], /--dead-letters takes no path/],
    [['a', '--hub', 'hub-0', '--rate', '0'], /--rate takes a whole number, at least 1/],
    [['--connection-string', 'x', 'a'], /does not belong on the command line/],
  ])('%j is one clear line', async (args, words) => {
    const { folder: own, write } = nextHub < 12 ? place() : { folder, write: () => '' };
    write('one.json', record(1));
    const path = args.map((arg) => (arg === '.' ? own : arg));
    const { code, stderr } = await runProgram(['replay', ...path], env());
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
    expect(stderr).toMatch(/^appgw-triage: [^\n]+\n$/);
  });
});

describe('dead letters', () => {
  let azurite: Azurite;
  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(() => azurite?.stop());

  test('are sent again as they are, and deleted once the hub has them', async () => {
    const storage = openStorage(readSettings({ AzureWebJobsStorage: azurite.connectionString }));
    const { keepDeadLetter } = createTrafficTable(storage, digest);
    const body = (text: string) => Buffer.from(text);
    const keep = (hub: string, sequenceNumber: number, text: string) =>
      keepDeadLetter({
        partition: { hub, id: '1' },
        message: { body: body(text), sequenceNumber, enqueuedAt: START + sequenceNumber },
        reason: 'not-json',
      });
    const torn = ['{"records":[', '\u0000\u00ff no json', envelope([record(1)])];
    for (const [index, text] of torn.entries()) await keep('letters', index, text);
    await keep('other-logs', 7, 'of another hub');
    const own = { ...env(), AzureWebJobsStorage: azurite.connectionString };
    const args = ['replay', '--dead-letters', '--hub', 'letters'];

    const dry = await runProgram([...args, '--dry-run'], own);
    expect([dry.code, dry.stdout]).toEqual([0, '3 dead letters (not-json: 3); left alone, of other event hubs: 1.\n']);
    const { code, stdout } = await runProgram([...args, '--json'], own);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ found: 3, sent: 3, deleted: 3, gone: 0, ofOthers: 1, failed: false });
    expect((await bodiesIn('letters')).toSorted()).toEqual(torn.toSorted());
    const left: string[] = [];
    for await (const { name } of (await storage.container(DEAD_LETTER_CONTAINER)).listBlobsFlat()) left.push(name);
    expect(left).toEqual([expect.stringMatching(/^other-logs\/1\//)]);
    expect((await runProgram(args, own)).stdout).toMatch(/^No dead letters; /);
  });

  test('stay where the hub does not take them', async () => {
    const storage = openStorage(readSettings({ AzureWebJobsStorage: azurite.connectionString }));
    const { keepDeadLetter } = createTrafficTable(storage, digest);
    const message = { body: Buffer.from('{'), sequenceNumber: 1, enqueuedAt: START };
    await keepDeadLetter({ partition: { hub: 'nowhere', id: '0' }, message, reason: 'not-json' });
    const own = { ...env(), AzureWebJobsStorage: azurite.connectionString };
    const { code, stdout, stderr } = await runProgram(['replay', '--dead-letters', '--hub', 'nowhere'], own);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^appgw-triage: the event hub did not take it: there is/),
    ]);
    expect(stdout).toContain('Sent 0, and deleted 0 of them from the storage.');
    const names: string[] = [];
    for await (const { name } of (await storage.container(DEAD_LETTER_CONTAINER)).listBlobsFlat()) names.push(name);
    expect(names).toContainEqual(expect.stringMatching(/^nowhere\/0\//));
  });
});
