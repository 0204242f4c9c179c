import type { GatewayReader } from '../app/ports.ts';
import { parseGatewayId } from '../core/resource-id.ts';
import { accessLogStream } from '../evidence/access-log-stream/index.ts';
import { collectSnapshot } from '../evidence/collect-snapshot.ts';
import type { ReadStream } from '../evidence/evidence-kind.ts';
import { evidenceKinds } from '../evidence/index.ts';
import { type CallBudget, type ClientOptions, createAzureClients, createCredential } from './azure-clients.ts';
import type { Settings } from './settings.ts';

/** What the investigations of one process have in common. */
export interface SharedMeans extends Pick<ClientOptions, 'allowance' | 'sharedReads' | 'onAnswer'> {
  /** Reads what the access-log stream has counted; absent where no stream is configured. */
  readonly readStream?: ReadStream;
}

/**
 * Opens the reading of one gateway. Deadline and call budget are this investigation's own; `shared` is what all of a
 * process have in common.
 */
export async function openReader(
  settings: Settings,
  gatewayId: string,
  now: () => Date,
  shared: SharedMeans = {},
): Promise<GatewayReader> {
  const gateway = parseGatewayId(gatewayId);
  if (!gateway) throw new Error('An incident without a readable gateway id cannot be investigated.');
  const budget: CallBudget = { used: 0, max: settings.ARM_CALLS };
  const credential = await createCredential(settings);
  const clients = createAzureClients(settings, credential, { ...shared, budget });
  const abort = AbortSignal.timeout(settings.INVESTIGATION_SECONDS * 1000);
  const to = now();
  const from = new Date(to.getTime() - settings.LOOKBACK_MINUTES * 60_000);
  return {
    read: (names, readings) => {
      const { readStream } = shared;
      // Where there is no stream, nobody is told that it was not read.
      const isThere = (name: string) => readStream !== undefined || name !== accessLogStream.name;
      const kinds = evidenceKinds.filter(({ name }) => names.includes(name) && isThere(name));
      const { PROBER_ENABLED, PROBER_DRILL: drill } = settings;
      const prober = PROBER_ENABLED ? { ...(drill ? { drill } : {}) } : undefined;
      return collectSnapshot({
        gateway,
        clients,
        kinds,
        readings,
        prober,
        readStream,
        from,
        to,
        abort,
        now: () => now().getTime(),
      });
    },
    spent: () => {
      if (abort.aborted) return `The time of ${settings.INVESTIGATION_SECONDS} s is over.`;
      if (budget.used >= budget.max) return `The budget of ${budget.max} Resource Manager calls is spent.`;
      return undefined;
    },
  };
}
