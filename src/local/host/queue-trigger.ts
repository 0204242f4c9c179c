import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueClient, ReceivedMessageItem } from '@azure/storage-queue';
import type { QueueOptions } from './host-json.ts';
import { describeError, type Log } from './log.ts';
import { settledWithin } from './settled-within.ts';

export interface QueueTriggerOptions {
  readonly functionName: string;
  readonly queue: QueueClient;
  readonly poisonQueue: QueueClient;
  readonly options: QueueOptions;
  /** How long a message is hidden while it is worked on, and how often that is prolonged. */
  readonly lease?: { readonly holdMs: number; readonly prolongEveryMs: number };
  /** Runs the function on a message; whether it succeeded. Never rejects. */
  readonly handle: (message: QueueMessage) => Promise<boolean>;
  readonly log: Log;
}

export interface QueueMessage {
  /** Decoded. */
  readonly text: string;
  readonly item: ReceivedMessageItem;
}

export interface QueueTrigger {
  /** Takes no more messages and waits for those in work, up to `boundMs`. */
  readonly stop: (boundMs: number) => Promise<void>;
}

/** The service's host hides a message for ten minutes and prolongs that at half time. */
const LEASE = { holdMs: 600_000, prolongEveryMs: 300_000 } as const;
/** The first pause after an empty read; it doubles up to `maxPollingInterval`. The service's host starts here, too. */
const SHORTEST_PAUSE_MS = 100;

/**
 * Reads a storage queue as the service's host does: batches, at most `batchSize + newBatchThreshold` messages at once,
 * a message deleted only after success, hidden for `visibilityTimeout` after a failure, and moved to the poison queue
 * after `maxDequeueCount` attempts. It never creates the queue; while there is none it looks again, ever more slowly.
 */
export function startQueueTrigger(trigger: QueueTriggerOptions): QueueTrigger {
  const stopping = new AbortController();
  const givingUp = new AbortController();
  const inWork = new Set<Promise<void>>();
  const listening = listen(trigger, inWork, stopping.signal, givingUp.signal);

  return {
    stop: async (boundMs) => {
      stopping.abort();
      await settledWithin(
        boundMs,
        listening.then(() => Promise.all(inWork)),
      );
      givingUp.abort();
      if (inWork.size > 0) {
        const { functionName, log } = trigger;
        const message = 'Messages were still in work when the host stopped; they come back after their lease.';
        log({ level: 'warning', category: 'host', message, function: functionName, count: inWork.size });
      }
    },
  };
}

async function listen(
  trigger: QueueTriggerOptions,
  inWork: Set<Promise<void>>,
  stopping: AbortSignal,
  givingUp: AbortSignal,
): Promise<void> {
  const { options } = trigger;
  let emptyReads = 0;
  while (!stopping.aborted) {
    if (inWork.size > options.newBatchThreshold) {
      await Promise.race(inWork);
      continue;
    }
    const messages = await receive(trigger, givingUp);
    if (stopping.aborted) {
      // Nobody will work on these, so others need not wait for the lease.
      await Promise.all(messages.map((item) => hide(trigger, item, 0)));
      return;
    }
    for (const item of messages) {
      const work: Promise<void> = workOn(trigger, item, givingUp).finally(() => inWork.delete(work));
      inWork.add(work);
    }
    if (messages.length > 0) {
      emptyReads = 0;
      continue;
    }
    emptyReads += 1;
    const pauseMs = Math.min(SHORTEST_PAUSE_MS * 2 ** Math.min(emptyReads - 1, 20), options.maxPollingIntervalMs);
    await sleep(pauseMs, undefined, { signal: stopping }).catch(() => {});
  }
}

async function receive(
  { functionName, queue, options, lease = LEASE, log }: QueueTriggerOptions,
  givingUp: AbortSignal,
): Promise<readonly ReceivedMessageItem[]> {
  try {
    const answer = await queue.receiveMessages({
      numberOfMessages: options.batchSize,
      visibilityTimeout: wholeSeconds(lease.holdMs),
      abortSignal: givingUp,
    });
    return answer.receivedMessageItems;
  } catch (error) {
    // A queue that does not exist yet is no error: the app creates its queues when it first needs them.
    if (statusOf(error) !== 404 && !givingUp.aborted) {
      const message = 'The queue could not be read; trying again.';
      log({ level: 'warning', category: 'host', message, function: functionName, error: shortError(error) });
    }
    return [];
  }
}

/** One message from receipt to its end. Never rejects: what goes wrong leaves the message to its next attempt. */
async function workOn(trigger: QueueTriggerOptions, item: ReceivedMessageItem, givingUp: AbortSignal): Promise<void> {
  const { functionName, options, handle, log } = trigger;
  const about = { function: functionName, messageId: item.messageId, dequeueCount: item.dequeueCount } as const;
  const held = holdLease(trigger, item, givingUp);
  try {
    const text = decode(item.messageText, options.messageEncoding);
    if (text === undefined || item.dequeueCount > options.maxDequeueCount) {
      await held.release();
      return await moveToPoison(trigger, held.item());
    }
    const succeeded = await handle({ text, item });
    await held.release();
    if (succeeded) await trigger.queue.deleteMessage(item.messageId, held.item().popReceipt);
    else if (item.dequeueCount >= options.maxDequeueCount) await moveToPoison(trigger, held.item());
    else await hide(trigger, held.item(), options.visibilityTimeoutMs);
  } catch (error) {
    const message = 'A message could not be settled; it comes back after its lease.';
    log({ level: 'error', category: 'host', message, ...about, error: shortError(error) });
  } finally {
    await held.release();
  }
}

/**
 * Prolongs the lease until it is released, or the host gives up; each time the service gives the message a new pop
 * receipt.
 */
function holdLease(
  { functionName, queue, lease = LEASE, log }: QueueTriggerOptions,
  received: ReceivedMessageItem,
  givingUp: AbortSignal,
): { readonly item: () => ReceivedMessageItem; readonly release: () => Promise<void> } {
  let item = received;
  const released = new AbortController();
  const over = AbortSignal.any([released.signal, givingUp]);
  const about = { function: functionName, messageId: received.messageId } as const;

  const prolong = async () => {
    while (!over.aborted) {
      await sleep(lease.prolongEveryMs, undefined, { signal: over }).catch(() => {});
      if (over.aborted) return;
      try {
        const answer = await queue.updateMessage(
          item.messageId,
          item.popReceipt,
          undefined,
          wholeSeconds(lease.holdMs),
        );
        item = { ...item, popReceipt: answer.popReceipt ?? item.popReceipt };
        log({ level: 'debug', category: 'host', message: 'A lease was prolonged.', ...about });
      } catch (error) {
        const message = 'A lease could not be prolonged.';
        log({ level: 'warning', category: 'host', message, ...about, error: shortError(error) });
        if (isClientFault(error)) return;
      }
    }
  };
  const prolonging = prolong();

  return {
    item: () => item,
    release: async () => {
      released.abort();
      await prolonging;
    },
  };
}

async function moveToPoison(trigger: QueueTriggerOptions, item: ReceivedMessageItem): Promise<void> {
  const { functionName, queue, poisonQueue, log } = trigger;
  await poisonQueue.createIfNotExists();
  // -1: a message in the poison queue waits for a person and does not expire.
  await poisonQueue.sendMessage(item.messageText, { messageTimeToLive: -1 });
  await queue.deleteMessage(item.messageId, item.popReceipt);
  log({
    level: 'error',
    category: 'host',
    message: 'A message went to the poison queue.',
    function: functionName,
    messageId: item.messageId,
    dequeueCount: item.dequeueCount,
    poisonQueue: poisonQueue.name,
  });
}

async function hide(trigger: QueueTriggerOptions, item: ReceivedMessageItem, forMs: number): Promise<void> {
  try {
    await trigger.queue.updateMessage(item.messageId, item.popReceipt, undefined, wholeSeconds(forMs));
  } catch (error) {
    const message = 'A message could not be given back; it comes back after its lease.';
    const about = { function: trigger.functionName, messageId: item.messageId, error: shortError(error) };
    trigger.log({ level: 'warning', category: 'host', message, ...about });
  }
}

/** The text of a message; undefined where it is not in the encoding that host.json names. */
function decode(text: string, encoding: QueueOptions['messageEncoding']): string | undefined {
  if (encoding === 'none') return text;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes.toString('utf8') : undefined;
}

/** The service counts visibility in whole seconds. */
function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** The message is gone, or somebody else holds it: asking again ends the same way. */
function isClientFault(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** One line: the SDK's own text goes on with headers and the request. */
function shortError(error: unknown): string {
  return (describeError(error).split('\n')[0] ?? '').slice(0, 300);
}
