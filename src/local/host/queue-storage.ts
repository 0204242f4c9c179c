import type { QueueClient } from '@azure/storage-queue';
import type { QueueOptions } from './host-json.ts';
import type { BindingInfo, RpcTypedData } from './rpc.ts';

export type OpenQueue = (queueName: string) => Promise<QueueClient>;

type Settings = Readonly<Record<string, string | undefined>>;

/** Fills in the app settings that a binding names between percent signs. Throws where one is not set. */
export function resolveSettings(text: string, settings: Settings): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name];
    if (value === undefined) throw new Error(`The setting "${name}" that a binding names is not set.`);
    return value;
  });
}

/** The queue that a binding names, and its connection string. Throws one clear sentence where that is not set. */
export function queueOf(
  info: BindingInfo,
  settings: Settings,
): { readonly queueName: string; readonly open: OpenQueue } {
  const name = typeof info.connection === 'string' && info.connection !== '' ? info.connection : 'AzureWebJobsStorage';
  // The service looks for the name with this prefix first.
  const connection = settings[`AzureWebJobs${name}`] ?? settings[name];
  if (connection === undefined || connection === '') {
    const isIdentity = Object.keys(settings).some((key) => key.startsWith(`${name}__`));
    throw new Error(
      isIdentity
        ? `"${name}" is an identity-based connection; the local host needs a connection string in "${name}".`
        : `The connection string in the setting "${name}" is missing.`,
    );
  }
  const queueName = resolveSettings(String(info.queueName ?? ''), settings);
  if (!/^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(queueName)) throw new Error(`"${queueName}" is no queue name.`);
  return { queueName, open: (wanted) => openQueue(connection, wanted) };
}

async function openQueue(connection: string, queueName: string): Promise<QueueClient> {
  // Loaded here, so that an app without queues never waits for the SDK.
  const { QueueClient } = await import('@azure/storage-queue');
  return new QueueClient(connection, queueName, {
    // A polling loop stands behind every read, so a few quick retries are enough.
    retryOptions: { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 1_000, tryTimeoutInMs: 30_000 },
  });
}

/**
 * Writes what a function gave a queue output: one message, or one for each element of an array. The queue is created
 * where it does not exist, as the service does.
 */
export async function writeQueueOutput(
  queue: QueueClient,
  data: RpcTypedData | null | undefined,
  encoding: QueueOptions['messageEncoding'],
): Promise<void> {
  const messages = messagesIn(data);
  if (messages.length === 0) return;
  await queue.createIfNotExists();
  for (const message of messages) {
    await queue.sendMessage(encoding === 'base64' ? message.toString('base64') : message.toString('utf8'));
  }
}

function messagesIn(data: RpcTypedData | null | undefined): readonly Buffer[] {
  if (!data) return [];
  if (data.bytes) return [Buffer.from(data.bytes)];
  const scalar = data.string ?? data.int ?? data.double;
  if (scalar !== undefined && scalar !== null) return [Buffer.from(String(scalar))];
  if (data.json === undefined || data.json === null) return [];
  const value: unknown = JSON.parse(data.json);
  const values = Array.isArray(value) ? value : [value];
  return values.map((item) => Buffer.from(typeof item === 'string' ? item : JSON.stringify(item)));
}
