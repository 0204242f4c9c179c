import { type Collector, NothingToAsk } from '../evidence-kind.ts';

/** A few dozen small rows of one table, which take well under a second. */
const DEADLINE_MS = 15_000;

export const collector: Collector = {
  deadlineMs: DEADLINE_MS,
  asks: 'The counts of the access-log stream, by minute',
  // The rows lie in this program's own storage; nothing is asked of Azure's control plane.
  rights: [],
  collect: async ({ gateway, readStream, from, to }) => {
    if (!readStream) throw new NothingToAsk('no access-log stream is configured');
    return readStream(gateway.id, from, to);
  },
};
