import { type Collector, NothingToAsk } from '../evidence-kind.ts';
import { PROBE_RESULTS_SCHEMA } from './index.ts';
import { membersToAsk, probe } from './prober/prober.ts';

/** Asks the members themselves, from inside the virtual network. It has to be switched on. */
export const collector: Collector = {
  // The prober ends by itself a little before, with what it has seen by then.
  deadlineMs: 60_000,
  asks: 'The members, as the gateway asks them: names, ports, handshakes and probe requests',
  rights: [],
  collect: async ({ prober, readings, abort }) => {
    if (!prober) throw new NothingToAsk('the in-network prober is switched off (setting PROBER_ENABLED)');
    if (!readings.gateway)
      throw new NothingToAsk('the configuration of the gateway, which says what to ask, was not read');
    if (membersToAsk(readings).length === 0) throw new NothingToAsk('the gateway has no member that could be asked');
    const { observations } = await probe({ readings, limits: prober, abort });
    return { schema: PROBE_RESULTS_SCHEMA, takenAt: new Date().toISOString(), observations };
  },
};
