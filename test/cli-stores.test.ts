import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deliver } from '../src/app/deliver.ts';
import type { BoundSink, DeliverMessage } from '../src/app/ports.ts';
import type { Io } from '../src/cli/command.ts';
import { deliveries } from '../src/cli/commands/deliveries.ts';
import { silence } from '../src/cli/commands/silence.ts';
import { type Azurite, startAzurite } from '../src/local/azurite.ts';
import { createLedgerTable } from '../src/platform/ledger-table.ts';
import { createMessageQueues } from '../src/platform/message-queues.ts';
import { readSettings } from '../src/platform/settings.ts';
import { openStorage, type Storage } from '../src/platform/storage.ts';
import { likelyWrongPort } from '../src/sinks/samples.ts';
import { memoryPorts } from './memory-ports.ts';

/** The commands that work on the storage of an installation. */

let azurite: Azurite;
let storage: Storage;
beforeAll(async () => {
  azurite = await startAzurite();
  storage = openStorage(readSettings({ AzureWebJobsStorage: azurite.connectionString }));
});
afterAll(() => azurite?.stop());

function io(env: Io['env'] = { AzureWebJobsStorage: azurite.connectionString }) {
  let text = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { io: { stdin: process.stdin, stdout, stderr: stdout, env } as unknown as Io, text: () => text };
}

async function say(command: typeof silence, args: readonly string[], env?: Io['env']): Promise<string> {
  const { io: own, text } = io(env);
  await command.run(args, own);
  return text();
}

describe('silence', () => {
  test('is made, listed and ended', async () => {
    const made = await say(silence, ['--for', '2h', '--reason', 'planned work', '--pool', 'pool-a', '--author', 'Ada']);
    const id = /--end (\w+)/.exec(made)?.[1] ?? '';
    const { silences } = JSON.parse(await say(silence, ['--list', '--json']));
    expect(silences).toMatchObject([{ id, pool: 'pool-a', author: 'Ada', reason: 'planned work' }]);
    expect(Date.parse(silences[0].until) - Date.parse(silences[0].from)).toBe(2 * 3_600_000);
    await say(silence, ['--end', id]);
    expect(await say(silence, ['--list'])).toBe('No silences.\n');
  });

  test.each([
    [['--reason', 'x'], 'needs --for'],
    [['--for', '0m', '--reason', 'x'], 'needs --for'],
    [['--for', '31d', '--reason', 'x'], 'at most 30d'],
    [['--for', '1h'], 'needs --reason'],
    [['--for', '1h', '--reason', ' '], 'needs --reason'],
    [['--for', '1h', '--reason', 'x', '--gateway', 'gw'], 'resource id'],
    [['--for', '1h', '--reason', 'x', '--from', 'soon'], '--from'],
    [['--end', 'nobody'], 'no silence nobody'],
    [['extra'], 'takes no extra'],
    [['--nonsense'], 'has no option'],
  ])('%j is refused in one line', async (args, message) => {
    await expect(say(silence, args)).rejects.toThrow(message);
  });
});

describe('deliveries', () => {
  const message: DeliverMessage = {
    incidentId: '0123456789abcdef-1',
    revision: 3,
    sink: 'slack',
    notification: 'n.json',
  };

  test('are listed with their reason, and sent again as a new first attempt', async () => {
    const queues = createMessageQueues(storage);
    await queues.deadLetterDelivery(message, 'no_service');
    await queues.deadLetterDelivery({ ...message, sink: 'teams' }, '410 Gone');
    const { deadLetters } = JSON.parse(await say(deliveries, ['--json']));
    expect(deadLetters).toHaveLength(2);
    expect(deadLetters).toContainEqual(expect.objectContaining({ message, reason: 'no_service' }));

    // Looking at a queue hides its messages for some seconds.
    const resend = async (): Promise<string> => {
      const said = await say(deliveries, ['--resend', '--sink', 'slack']);
      return said.startsWith('0') ? resend() : said;
    };
    expect(await resend()).toBe('1 sent again.\n');
    const queue = await storage.queue('deliver');
    const { receivedMessageItems } = await queue.receiveMessages();
    const again = JSON.parse(Buffer.from(receivedMessageItems[0]?.messageText ?? '', 'base64').toString());
    expect(again).toEqual({ ...message, isResent: true });
  });

  test('what was given up is sent after all when a person says so', async () => {
    let sent = 0;
    const sink: BoundSink = {
      name: 'slack',
      deliver: async () => {
        sent += 1;
        return sent > 2 ? { outcome: 'delivered' } : { outcome: 'rejected', reason: '400' };
      },
    };
    const ports = { ...memoryPorts([sink]), ledger: createLedgerTable(storage, () => new Date()) };
    ports.documents.set('n.json', likelyWrongPort);
    await deliver(ports, message);
    await deliver(ports, { ...message, isMinimal: true });
    expect(ports.deadLetters).toHaveLength(1);
    await deliver(ports, message);
    expect(sent).toBe(2);
    await deliver(ports, { ...message, isResent: true });
    expect(sent).toBe(3);
  });

  test('storage that is not named, or not there, is one clear line', async () => {
    await expect(say(deliveries, [], {})).rejects.toThrow('set AzureWebJobsStorage__accountName');
    const gone = azurite.connectionString.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:9');
    await expect(say(deliveries, [], { AzureWebJobsStorage: gone })).rejects.toThrow('the storage could not be used');
  });
});
