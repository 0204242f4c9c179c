import type { Queues } from '../app/ports.ts';
import type { Storage } from './storage.ts';

/** The queues that the functions are triggered by. The names are also in functions/. */
export const INVESTIGATE_QUEUE = 'investigate';
export const DELIVER_QUEUE = 'deliver';

/** The service hides a message for at most seven days. */
const MAX_DELAY_SECONDS = 7 * 86_400;

export function createMessageQueues(storage: Storage): Queues {
  async function send(name: string, message: unknown, delaySeconds = 0): Promise<void> {
    const queue = await storage.queue(name);
    // host.json says base64, the encoding that the Functions host expects by default.
    const visibilityTimeout = Math.min(Math.max(0, Math.ceil(delaySeconds)), MAX_DELAY_SECONDS);
    // Messages of a week of silence are still worth having; the default is to forget them after that.
    await queue.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'), {
      visibilityTimeout,
      messageTimeToLive: -1,
    });
  }
  return {
    investigate: (message) => send(INVESTIGATE_QUEUE, message),
    deliver: (message, delaySeconds) => send(DELIVER_QUEUE, message, delaySeconds),
    deadLetterDelivery: (message, reason) => send(`${DELIVER_QUEUE}-poison`, { ...message, reason }),
  };
}
