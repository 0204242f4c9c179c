import type { Endpoint } from './faults.ts';

export type ReceiverName = Extract<Endpoint, 'slack' | 'teams' | 'pagerduty' | 'webhook'>;

/** One message that reached a receiver, taken or not. The query of its URL is a secret and is not kept. */
export interface Arrival {
  readonly receiver: ReceiverName;
  readonly at: string;
  readonly outcome: 'accepted' | 'refused';
  /** What was answered; absent where the connection was left hanging or cut off. */
  readonly status?: number;
  readonly reason?: string;
  /** What was asked of a service that does several things: `chat.update`, `change`, `note`. */
  readonly action?: string;
  readonly bytes: number;
  readonly contentType?: string;
  /** The JSON as it came; the text where it was none. */
  readonly body: unknown;
}

export interface Inbox {
  readonly add: (arrival: Arrival) => void;
  /** In the order of arrival. */
  readonly all: () => readonly Arrival[];
  readonly of: (receiver: ReceiverName) => readonly Arrival[];
  /** Resolves with the messages that a receiver took, once there are that many. Rejects when aborted. */
  readonly accepted: (receiver: ReceiverName, count: number, abort?: AbortSignal) => Promise<readonly Arrival[]>;
  readonly clear: () => void;
}

/** Older arrivals are forgotten. */
const MOST_ARRIVALS = 1000;

export function createInbox(): Inbox {
  const arrivals: Arrival[] = [];
  const waiting = new Set<() => void>();
  const taken = (receiver: ReceiverName) =>
    arrivals.filter((arrival) => arrival.receiver === receiver && arrival.outcome === 'accepted');
  return {
    add: (arrival) => {
      arrivals.push(arrival);
      if (arrivals.length > MOST_ARRIVALS) arrivals.shift();
      for (const look of [...waiting]) look();
    },
    all: () => [...arrivals],
    of: (receiver) => arrivals.filter((arrival) => arrival.receiver === receiver),
    accepted: (receiver, count, abort) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          waiting.delete(look);
          abort?.removeEventListener('abort', give);
        };
        const give = () => {
          stop();
          reject(new Error('The messages did not arrive.'));
        };
        const look = () => {
          const found = taken(receiver);
          if (found.length < count) return;
          stop();
          resolve(found);
        };
        if (abort?.aborted) return give();
        waiting.add(look);
        abort?.addEventListener('abort', give, { once: true });
        look();
      }),
    clear: () => void arrivals.splice(0),
  };
}
