import type { Queues } from '../app/ports.ts';
import type { Storage } from './storage.ts';

/** The queues that the functions are triggered by. The names are also in functions/. */
export const INVESTIGATE_QUEUE = 'investigate';
export const DELIVER_QUEUE = 'deliver';

/** The service hides a message for at most seven days. */
const MAX_DELAY_SECONDS = 7 * 86_400;

export function createMessageQueues(storage: Storage, now: () => Date = () => new Date()): Queues {
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
  /** The age of what waits visibly; a message that is hidden until its time is not waiting. */
  async function oldestMinutes(name: string): Promise<number | undefined> {
    const { peekedMessageItems } = await (await storage.queue(name)).peekMessages({ numberOfMessages: 32 });
    const times = peekedMessageItems.map(({ insertedOn }) => insertedOn.getTime());
    return times.length === 0 ? undefined : (now().getTime() - Math.min(...times)) / 60_000;
  }
  return {
    investigate: (message) => send(INVESTIGATE_QUEUE, message),
    deliver: (message, delaySeconds) => send(DELIVER_QUEUE, message, delaySeconds),
    async look() {
      const poison = await (await storage.queue(`${INVESTIGATE_QUEUE}-poison`)).getProperties();
      const oldest = await Promise.all(
        [INVESTIGATE_QUEUE, DELIVER_QUEUE].map(async (name) => [name, await oldestMinutes(name)] as const),
      );
      return {
        abandonedInvestigations: poison.approximateMessagesCount ?? 0,
        oldestMinutes: Object.fromEntries(oldest),
      };
    },
    deadLetterDelivery: (message, reason) => send(`${DELIVER_QUEUE}-poison`, { ...message, reason }),
  };
}
