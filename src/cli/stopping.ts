/** Signals with which a person, or whoever runs the program, asks it to end. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface Stopping {
  /** Aborted by the first signal. A second one ends the process at once, as it would have without this. */
  readonly signal: AbortSignal;
  /** Listens no longer. */
  readonly release: () => void;
}

export function stopOnSignals(): Stopping {
  const controller = new AbortController();
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
  const stop = () => {
    release();
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  return { signal: controller.signal, release };
}
