import type { TableClient } from '@azure/data-tables';
import type { ContainerClient } from '@azure/storage-blob';
import type { QueueClient } from '@azure/storage-queue';
import { createCredential } from './credential.ts';
import type { Settings } from './settings.ts';

/** Tables, containers and queues of the one storage account, created on first use and kept. */
export interface Storage {
  readonly table: (name: string) => Promise<TableClient>;
  readonly container: (name: string) => Promise<ContainerClient>;
  readonly queue: (name: string) => Promise<QueueClient>;
}

/**
 * The door answers well within a second, or says 503 and is asked again; so storage gets one quick repeat and a short
 * bound on each try. Queue-triggered work is repeated by its queue.
 */
const TRY_TIMEOUT_MS = 4_000;
const serviceRetry = { maxTries: 2, tryTimeoutInMs: TRY_TIMEOUT_MS, retryDelayInMs: 100, maxRetryDelayInMs: 500 };
const tableRetry = { maxRetries: 1, retryDelayInMs: 100, maxRetryDelayInMs: 500 };

export function openStorage(settings: Settings): Storage {
  return {
    table: remember(async (name) => {
      const { TableClient } = await import('@azure/data-tables');
      const client =
        settings.AzureWebJobsStorage === undefined
          ? new TableClient(serviceUrl(settings, 'table'), name, await createCredential(settings), {
              retryOptions: tableRetry,
            })
          : TableClient.fromConnectionString(settings.AzureWebJobsStorage, name, {
              retryOptions: tableRetry,
              // The development emulator speaks plain HTTP; the SDK still insists on TLS for every other connection string.
              allowInsecureConnection: /UseDevelopmentStorage=true|DefaultEndpointsProtocol=http;/i.test(
                settings.AzureWebJobsStorage,
              ),
            });
      await client.createTable();
      return client;
    }),
    container: remember(async (name) => {
      const { BlobServiceClient } = await import('@azure/storage-blob');
      const service =
        settings.AzureWebJobsStorage === undefined
          ? new BlobServiceClient(serviceUrl(settings, 'blob'), await createCredential(settings), {
              retryOptions: serviceRetry,
            })
          : BlobServiceClient.fromConnectionString(settings.AzureWebJobsStorage, { retryOptions: serviceRetry });
      const client = service.getContainerClient(name);
      await client.createIfNotExists();
      return client;
    }),
    queue: remember(async (name) => {
      const { QueueServiceClient } = await import('@azure/storage-queue');
      const service =
        settings.AzureWebJobsStorage === undefined
          ? new QueueServiceClient(serviceUrl(settings, 'queue'), await createCredential(settings), {
              retryOptions: serviceRetry,
            })
          : QueueServiceClient.fromConnectionString(settings.AzureWebJobsStorage, { retryOptions: serviceRetry });
      const client = service.getQueueClient(name);
      await client.createIfNotExists();
      return client;
    }),
  };
}

function serviceUrl(
  { AzureWebJobsStorage__accountName: account, AzureWebJobsStorage__endpointSuffix: suffix }: Settings,
  service: string,
): string {
  if (account === undefined) throw new Error('Set AzureWebJobsStorage or AzureWebJobsStorage__accountName.');
  return `https://${account}.${service}.${suffix}`;
}

/** Opens each name once. A failure is not kept: the next caller tries again. */
function remember<Client>(open: (name: string) => Promise<Client>): (name: string) => Promise<Client> {
  const opened = new Map<string, Promise<Client>>();
  return (name) => {
    const known = opened.get(name);
    if (known) return known;
    const opening = open(name);
    opened.set(name, opening);
    opening.catch(() => opened.delete(name));
    return opening;
  };
}
