import type { DeliverMessage } from '../app/ports.ts';
import { DELIVER_QUEUE } from './message-queues.ts';
import type { Storage } from './storage.ts';

/** A delivery that was given up: where it was to go, and why it did not get there. */
export interface DeadLetter {
  readonly message: DeliverMessage;
  readonly reason: string;
  /** ISO 8601. */
  readonly at?: string;
}

/** The service hands out at most so many at once. */
const BATCH = 32;
/** How long a letter is kept from others while it is looked at or sent again, in seconds. */
const LOOK_SECONDS = 5;
const SEND_SECONDS = 60;
/** A queue that holds more is shown as far as this. */
const MAX_LISTED = 1_000;

/**
 * The deliveries that were given up, oldest first. Reading a queue hides its messages for some seconds; a second reader at
 * the same moment sees fewer.
 */
export async function listDeadLetters(storage: Storage): Promise<readonly DeadLetter[]> {
  const queue = await storage.queue(`${DELIVER_QUEUE}-poison`);
  const letters: DeadLetter[] = [];
  while (letters.length < MAX_LISTED) {
    const { receivedMessageItems } = await queue.receiveMessages({
      numberOfMessages: BATCH,
      visibilityTimeout: LOOK_SECONDS,
    });
    if (receivedMessageItems.length === 0) break;
    for (const { messageText, insertedOn } of receivedMessageItems) {
      const letter = read(messageText);
      if (letter) letters.push({ ...letter, at: insertedOn.toISOString() });
    }
  }
  return letters;
}

/**
 * Sends dead letters again, as new first attempts; those that `isWanted` leaves out stay. A letter is taken off its queue
 * after it was queued anew, so that a crash in between repeats it rather than losing it. Returns how many were sent.
 */
export async function resendDeadLetters(storage: Storage, isWanted: (letter: DeadLetter) => boolean): Promise<number> {
  const [from, to] = await Promise.all([storage.queue(`${DELIVER_QUEUE}-poison`), storage.queue(DELIVER_QUEUE)]);
  let sent = 0;
  for (let seen = 0; seen < MAX_LISTED; ) {
    const { receivedMessageItems } = await from.receiveMessages({
      numberOfMessages: BATCH,
      visibilityTimeout: SEND_SECONDS,
    });
    if (receivedMessageItems.length === 0) break;
    seen += receivedMessageItems.length;
    for (const { messageText, messageId, popReceipt } of receivedMessageItems) {
      const letter = read(messageText);
      if (!letter || !isWanted(letter)) continue;
      const { incidentId, revision, sink, notification } = letter.message;
      // The ledger knows this delivery as given up; `isResent` opens it again.
      const again = { incidentId, revision, sink, notification, isResent: true } satisfies DeliverMessage;
      await to.sendMessage(Buffer.from(JSON.stringify(again)).toString('base64'), { messageTimeToLive: -1 });
      await from.deleteMessage(messageId, popReceipt);
      sent += 1;
    }
  }
  return sent;
}

/** A message of the poison queue: our own dead letters have a reason, those of the host are the bare message. */
function read(text: string): Omit<DeadLetter, 'at'> | undefined {
  try {
    const { reason, ...message } = JSON.parse(Buffer.from(text, 'base64').toString()) as DeliverMessage & {
      reason?: unknown;
    };
    if (typeof message.incidentId !== 'string' || typeof message.sink !== 'string') return undefined;
    if (typeof message.revision !== 'number' || typeof message.notification !== 'string') return undefined;
    return { message, reason: typeof reason === 'string' ? reason : 'The attempt failed five times.' };
  } catch {
    return undefined;
  }
}
