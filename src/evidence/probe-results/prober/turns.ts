/**
 * Lets a bounded number of things happen at once. Whoever waits is let in by rank, the lowest first, and then in the
 * order of coming, so that what matters most of every member is known before the time is up.
 */
export type TakeTurn = <T>(rank: number, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

interface Waiting {
  readonly rank: number;
  readonly start: () => void;
}

export function createTurns(places: number): TakeTurn {
  let free = places;
  const waiting: Waiting[] = [];

  const letIn = () => {
    while (free > 0) {
      const next = waiting.shift();
      if (!next) return;
      free -= 1;
      next.start();
    }
  };

  const enter = (rank: number, signal: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      const at = waiting.indexOf(entry);
      if (at >= 0) waiting.splice(at, 1);
      reject(signal.reason);
    };
    const entry: Waiting = {
      rank,
      start: () => {
        signal.removeEventListener('abort', leave);
        resolve();
      },
    };
    const after = waiting.findIndex((other) => other.rank > rank);
    waiting.splice(after < 0 ? waiting.length : after, 0, entry);
    signal.addEventListener('abort', leave, { once: true });
    letIn();
    return promise;
  };

  return async (rank, signal, work) => {
    signal.throwIfAborted();
    await enter(rank, signal);
    try {
      return await work();
    } finally {
      free += 1;
      letIn();
    }
  };
}
