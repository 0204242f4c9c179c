import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { describe, expect, test } from '@jest/globals';
import { startAzurite } from './azurite.ts';

describe('Azurite', () => {
  test('serves blobs, queues and tables, and keeps what it holds in its folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'appgw-triage-azurite-'));
    const first = await startAzurite({ folder });
    const blobs = BlobServiceClient.fromConnectionString(first.connectionString).getContainerClient('kept');
    await blobs.create();
    await blobs.getBlockBlobClient('note').upload('hello', 5);
    const queue = QueueServiceClient.fromConnectionString(first.connectionString).getQueueClient('kept');
    await queue.create();
    await queue.sendMessage('hello');
    const table = TableClient.fromConnectionString(first.connectionString, 'kept', { allowInsecureConnection: true });
    await table.createTable();
    await table.createEntity({ partitionKey: 'a', rowKey: 'b', note: 'hello' });
    await first.stop();
    expect(await first.exited).toMatch(/^Azurite ended with exit code 0\./);

    const second = await startAzurite({ folder });
    const again = BlobServiceClient.fromConnectionString(second.connectionString).getContainerClient('kept');
    expect((await again.getBlobClient('note').downloadToBuffer()).toString()).toBe('hello');
    const { receivedMessageItems } = await QueueServiceClient.fromConnectionString(second.connectionString)
      .getQueueClient('kept')
      .receiveMessages();
    expect(receivedMessageItems.map(({ messageText }) => messageText)).toEqual(['hello']);
    const rows = TableClient.fromConnectionString(second.connectionString, 'kept', { allowInsecureConnection: true });
    expect(await rows.getEntity('a', 'b')).toMatchObject({ note: 'hello' });
    await second.stop();
    rmSync(folder, { recursive: true });
  });

  test('says in one sentence that a port is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', resolve);
    });
    const { port } = taken.address() as { port: number };
    await expect(startAzurite({ queuePort: port })).rejects.toThrow(
      new RegExp(
        `^Azurite ended with exit code 1\\. Its last words: .*address already in use 127\\.0\\.0\\.1:${port}$`,
      ),
    );
    await new Promise((resolve) => taken.close(resolve));
  });
});
