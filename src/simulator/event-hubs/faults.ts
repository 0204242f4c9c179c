/** What goes wrong on purpose, for tests and drills. */
export interface EventHubFaults {
  /** Cuts every connection at once, as when the service moves a hub. How many there were. */
  readonly dropConnections: () => number;
  /** Refuses new connections until `acceptConnections`. Those that are open stay open. */
  readonly refuseConnections: () => void;
  /** Rejects where somebody took the port meanwhile. */
  readonly acceptConnections: () => Promise<void>;
  /** Holds every answer and every delivery back for so long. */
  readonly delay: (delayMs: number) => void;
  /** Readers that attach from now on get so many events again that lie before the position they ask for. */
  readonly repeatOnAttach: (events: number) => void;
  /** Stores so many of the next batches, and cuts the connection instead of saying so: the publisher sends them again. */
  readonly loseAcknowledgements: (batches: number) => void;
  /** Leaves a hole in a partition's sequence numbers, as if so many events had been lost. */
  readonly skipSequenceNumbers: (hub: string, partition: string, count: number) => void;
}

/** The faults that are on, and the timers that they hold things back with. */
export interface FaultState {
  delayMs: number;
  repeatedEvents: number;
  lostAcknowledgements: number;
  /** Does it soon, or after the delay; never after `stop`. */
  readonly later: (work: () => void) => void;
  readonly stop: () => void;
}

export function createFaultState(): FaultState {
  const timers = new Set<NodeJS.Timeout>();
  let isStopped = false;
  const state: FaultState = {
    delayMs: 0,
    repeatedEvents: 0,
    lostAcknowledgements: 0,
    later: (work) => {
      if (isStopped) return;
      if (state.delayMs === 0) {
        setImmediate(() => {
          if (!isStopped) work();
        });
        return;
      }
      const timer = setTimeout(() => {
        timers.delete(timer);
        work();
      }, state.delayMs);
      timers.add(timer);
    },
    stop: () => {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
  return state;
}
