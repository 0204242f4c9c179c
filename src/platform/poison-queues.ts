import type { DeliverMessage, InvestigateMessage, PoisonMessage, PoisonStore } from '../app/ports.ts';
import { DELIVER_QUEUE, INVESTIGATE_QUEUE } from './message-queues.ts';
import type { Storage } from './storage.ts';

/**
 * The queues in which the host puts what its function could not handle. What was taken off them is kept in a table, a row
 * a message, with what it said.
 */
const QUEUES = { investigate: INVESTIGATE_QUEUE, deliver: DELIVER_QUEUE } as const;
const TABLE = 'poison';

/** The service hands out at most so many at once. */
const BATCH = 32;
/** Our own dead letters are looked past, so far. */
const MAX_SEEN = 320;
/** In seconds: how long a message is ours, and how long others miss one that was only looked at. */
const OURS_SECONDS = 60;
const LOOK_SECONDS = 5;
const MAX_KEPT_LENGTH = 30_000;
const MAX_NAME_LENGTH = 1_000;

export function createPoisonQueues(storage: Storage, now: () => Date): PoisonStore {
  return {
    async take(name) {
      const queue = await storage.queue(`${QUEUES[name]}-poison`);
      const { approximateMessagesCount = 0 } = await queue.getProperties();
      if (approximateMessagesCount === 0) return [];
      const taken: PoisonMessage[] = [];
      for (let seen = 0; seen < MAX_SEEN && taken.length < BATCH; ) {
        const { receivedMessageItems } = await queue.receiveMessages({
          numberOfMessages: BATCH,
          visibilityTimeout: name === 'deliver' ? LOOK_SECONDS : OURS_SECONDS,
        });
        if (receivedMessageItems.length === 0) break;
        seen += receivedMessageItems.length;
        for (const { messageId, popReceipt, messageText } of receivedMessageItems) {
          const text = Buffer.from(messageText, 'base64').toString('utf8');
          if (name === 'deliver' && hasReason(text)) continue;
          const receipt =
            name === 'deliver'
              ? (await queue.updateMessage(messageId, popReceipt, messageText, OURS_SECONDS)).popReceipt
              : popReceipt;
          taken.push({ id: messageId, queue: name, receipt: receipt ?? popReceipt, text, ...asked(name, text) });
        }
      }
      return taken;
    },
    async settle({ id, queue: name, receipt, text }, keep) {
      if (keep !== undefined) {
        const table = await storage.table(TABLE);
        const row = { partitionKey: name, rowKey: id, at: now().toISOString(), reason: keep };
        await table.upsertEntity({ ...row, text: text.slice(0, MAX_KEPT_LENGTH) }, 'Replace');
      }
      const queue = await storage.queue(`${QUEUES[name]}-poison`);
      await queue.deleteMessage(id, receipt);
    },
  };
}

/** Our own dead letters say why; what the host gave up is the bare message. */
function hasReason(text: string): boolean {
  const { reason } = fieldsOf(text);
  return typeof reason === 'string' && asked('deliver', text).delivery !== undefined;
}

function asked(queue: PoisonMessage['queue'], text: string): Pick<PoisonMessage, 'investigation' | 'delivery'> {
  const { incidentId, isRecheck, revision, sink, notification } = fieldsOf(text);
  if (!isName(incidentId)) return {};
  if (queue === 'investigate') {
    return { investigation: { incidentId, isRecheck: isRecheck === true } satisfies InvestigateMessage };
  }
  if (typeof revision !== 'number' || !isName(sink) || !isName(notification)) return {};
  return { delivery: { incidentId, revision, sink, notification } satisfies DeliverMessage };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH;
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}
