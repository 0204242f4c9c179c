import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueueClient } from '@azure/storage-queue';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../azurite.ts';
import type { QueueOptions } from './host-json.ts';
import type { LogEntry } from './log.ts';
import { type QueueTrigger, type QueueTriggerOptions, startQueueTrigger } from './queue-trigger.ts';

let azurite: Azurite;
let count = 0;
const triggers: QueueTrigger[] = [];

beforeAll(async () => {
  azurite = await startAzurite();
});
afterEach(async () => {
  await Promise.all(triggers.map((trigger) => trigger.stop(1)));
});
afterAll(() => azurite?.stop());

const options: QueueOptions = {
  batchSize: 4,
  newBatchThreshold: 0,
  maxDequeueCount: 3,
  visibilityTimeoutMs: 0,
  maxPollingIntervalMs: 100,
  messageEncoding: 'base64',
};

/** A queue of its own, with a trigger on it. */
async function listenTo(
  trigger: Partial<QueueTriggerOptions> & Pick<QueueTriggerOptions, 'handle'>,
  { create = true } = {},
) {
  count += 1;
  const open = (name: string) => new QueueClient(azurite.connectionString, name);
  const [queue, poisonQueue] = [open(`queue-${count}`), open(`queue-${count}-poison`)];
  if (create) await queue.createIfNotExists();
  const log: LogEntry[] = [];
  const running = startQueueTrigger({
    functionName: 'fixture',
    queue,
    poisonQueue,
    options,
    log: (entry) => log.push(entry),
    ...trigger,
  });
  triggers.push(running);
  return { queue, poisonQueue, log, running, send: (text: string) => queue.sendMessage(encode(text)) };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

async function countIn(queue: QueueClient): Promise<number> {
  return (await queue.getProperties()).approximateMessagesCount ?? 0;
}

describe('a queue trigger', () => {
  test('deletes a message after success only', async () => {
    const held = Promise.withResolvers<boolean>();
    const seen: string[] = [];
    const { queue, running, send } = await listenTo({
      handle: ({ text }) => {
        seen.push(text);
        return held.promise;
      },
    });
    await send('grüße');
    await until(() => seen.length === 1);
    expect(await countIn(queue)).toBe(1);
    held.resolve(true);
    await until(async () => (await countIn(queue)) === 0);
    expect(seen).toEqual(['grüße']);
    await running.stop(600_000);
  });

  test('counts attempts, then moves the message to the poison queue as it was', async () => {
    const attempts: number[] = [];
    const { queue, poisonQueue, running, send } = await listenTo({
      handle: async ({ item }) => {
        attempts.push(item.dequeueCount);
        return false;
      },
    });
    await send('never');
    await until(async () => (await poisonQueue.exists()) && (await countIn(poisonQueue)) === 1);
    await until(async () => (await countIn(queue)) === 0);
    const [poison] = (await poisonQueue.peekMessages()).peekedMessageItems;
    expect(poison?.messageText).toBe(encode('never'));
    expect(attempts).toEqual([1, 2, 3]);
    await running.stop(600_000);
  });

  test('hides a failed message for the visibility timeout', async () => {
    const attempts: number[] = [];
    const { queue, running, send, log } = await listenTo({
      options: { ...options, visibilityTimeoutMs: 3_600_000 },
      handle: async ({ item }) => {
        attempts.push(item.dequeueCount);
        return false;
      },
    });
    await send('later');
    await until(() => attempts.length === 1);
    await running.stop(600_000);
    expect((await queue.receiveMessages()).receivedMessageItems).toEqual([]);
    expect(await countIn(queue)).toBe(1);
    expect(attempts).toEqual([1]);
    expect(log).toEqual([]);
  });

  test('moves a message that is not base64 to the poison queue, unseen by the function', async () => {
    const { queue, poisonQueue, running } = await listenTo({
      handle: async () => {
        throw new Error('never called');
      },
    });
    await queue.sendMessage('{"plain": true}');
    await until(async () => (await poisonQueue.exists()) && (await countIn(poisonQueue)) === 1);
    const [poison] = (await poisonQueue.peekMessages()).peekedMessageItems;
    expect(poison?.messageText).toBe('{"plain": true}');
    await running.stop(600_000);
  });

  test('prolongs the lease while a function runs, and still deletes the message', async () => {
    const held = Promise.withResolvers<boolean>();
    const { queue, running, log, send } = await listenTo({
      lease: { holdMs: 60_000, prolongEveryMs: 20 },
      handle: () => held.promise,
    });
    await send('slow');
    await until(() => log.filter(({ message }) => message === 'A lease was prolonged.').length >= 3);
    held.resolve(true);
    await until(async () => (await countIn(queue)) === 0);
    await running.stop(600_000);
    expect(log.filter(({ level }) => level !== 'debug')).toEqual([]);
  });

  test('leaves a message alone that somebody else took over meanwhile', async () => {
    const held = Promise.withResolvers<boolean>();
    let begun = false;
    const { queue, running, log, send } = await listenTo({
      // The lease ends at once, as it does for a process that was asleep.
      lease: { holdMs: 1_000, prolongEveryMs: 600_000 },
      handle: () => {
        begun = true;
        return held.promise;
      },
    });
    await send('taken');
    await until(() => begun);
    await until(async () => {
      const [taken] = (await queue.receiveMessages({ visibilityTimeout: 600 })).receivedMessageItems;
      return taken?.dequeueCount === 2;
    });
    held.resolve(true);
    await until(() => log.some(({ level }) => level === 'error'));
    expect(await countIn(queue)).toBe(1);
    await running.stop(600_000);
  });

  test('works on no more than a batch and the threshold at once', async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    let inWork = 0;
    let finished = 0;
    const { running, send } = await listenTo({
      options: { ...options, batchSize: 2, newBatchThreshold: 1 },
      handle: async () => {
        inWork += 1;
        most = Math.max(most, inWork);
        await new Promise<void>((resolve) => waiting.push(resolve));
        inWork -= 1;
        finished += 1;
        return true;
      },
    });
    await Promise.all(Array.from({ length: 9 }, (_, index) => send(`message ${index}`)));
    await until(() => {
      if (inWork >= 2 || finished >= 7) waiting.shift()?.();
      return finished === 9;
    });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
    await running.stop(600_000);
  });

  test('waits for a queue that is created later', async () => {
    const seen: string[] = [];
    const { queue, running, log, send } = await listenTo(
      {
        handle: async ({ text }) => {
          seen.push(text);
          return true;
        },
      },
      { create: false },
    );
    await sleep(50);
    await queue.create();
    await send('first');
    await until(() => seen.length === 1);
    expect(log).toEqual([]);
    await running.stop(600_000);
  });

  test('lets a running function finish when it stops, and takes nothing new', async () => {
    const held = Promise.withResolvers<boolean>();
    const seen: string[] = [];
    const { queue, running, send } = await listenTo({
      handle: ({ text }) => {
        seen.push(text);
        return held.promise;
      },
    });
    await send('running');
    await until(() => seen.length === 1);
    const stopping = running.stop(600_000);
    await send('late');
    held.resolve(true);
    await stopping;
    expect(seen).toEqual(['running']);
    // Whoever listens next finds the late one at once, and the finished one not at all.
    const [late] = (await queue.receiveMessages()).receivedMessageItems;
    expect(late?.messageText).toBe(encode('late'));
    expect(await countIn(queue)).toBe(1);
  });

  test('gives up waiting for a function that never ends, and says so', async () => {
    const seen: string[] = [];
    const { running, send, log } = await listenTo({
      handle: ({ text }) => {
        seen.push(text);
        return new Promise(() => {});
      },
    });
    await send('stuck');
    await until(() => seen.length === 1);
    await running.stop(1);
    expect(log.at(-1)).toMatchObject({ level: 'warning', count: 1 });
  });

  test('goes on after an outage of the storage', async () => {
    let answers = 0;
    const broken = createServer((_, response) => {
      answers += 1;
      response.writeHead(answers % 2 === 0 ? 500 : 403, { 'content-type': 'application/xml' });
      response.end('nonsense');
    });
    await new Promise<void>((resolve) => {
      broken.listen(0, '127.0.0.1', resolve);
    });
    const { port } = broken.address() as AddressInfo;
    const connection = azurite.connectionString.replace(/(QueueEndpoint=http:\/\/127\.0\.0\.1:)\d+/, `$1${port}`);
    const { running, log } = await listenTo({
      queue: new QueueClient(connection, 'queue', { retryOptions: { maxTries: 1 } }),
      handle: async () => true,
    });
    await until(() => log.length >= 2);
    expect(log[0]).toMatchObject({ level: 'warning', message: 'The queue could not be read; trying again.' });
    expect(JSON.stringify(log)).not.toContain(String(port));
    await running.stop(600_000);
    broken.closeAllConnections();
    await new Promise((resolve) => broken.close(resolve));
  });
});
