import type { Queues } from '../app/ports.ts';
import type { Storage } from './storage.ts';

/** The queues that the functions are triggered by. The names are also in functions/. */
export const INVESTIGATE_QUEUE = 'investigate';
export const DELIVER_QUEUE = 'deliver';

export function createMessageQueues(storage: Storage): Queues {
  async function send(name: string, message: unknown): Promise<void> {
    const queue = await storage.queue(name);
    // host.json says base64, the encoding that the Functions host expects by default.
    await queue.sendMessage(Buffer.from(JSON.stringify(message)).toString('base64'));
  }
  return {
    investigate: (message) => send(INVESTIGATE_QUEUE, message),
    deliver: (message) => send(DELIVER_QUEUE, message),
    deadLetterDelivery: (message, reason) => send(`${DELIVER_QUEUE}-poison`, { ...message, reason }),
  };
}
