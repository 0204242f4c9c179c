import { MonitorClient } from '@azure/arm-monitor';
import { NetworkManagementClient } from '@azure/arm-network';
import { ResourceGraphClient } from '@azure/arm-resourcegraph';
import { MicrosoftResourceHealth } from '@azure/arm-resourcehealth';
import type { TokenCredential } from '@azure/core-auth';
import { LogsQueryClient } from '@azure/monitor-query-logs';
import type { Simulator } from './simulator.ts';

export interface SdkClients {
  readonly credential: TokenCredential;
  readonly network: NetworkManagementClient;
  readonly monitor: MonitorClient;
  readonly resourceHealth: MicrosoftResourceHealth;
  readonly logs: LogsQueryClient;
  readonly resourceGraph: ResourceGraphClient;
}

/**
 * The real SDK clients, pointed at a simulator, for tests. They are set up as for Azure but for the endpoints, the
 * authority that TLS trusts, and retries, which a test that wants a failure does not wait for.
 */
export function sdkClients(
  simulator: Simulator,
  { maxRetries = 0, credential = tokensOf(simulator) }: { maxRetries?: number; credential?: TokenCredential } = {},
): SdkClients {
  const { httpsUrl, caPem, world } = simulator;
  const options = { endpoint: httpsUrl, tlsOptions: { ca: caPem }, retryOptions: { maxRetries } };
  return {
    credential,
    network: new NetworkManagementClient(credential, world.subscription, options),
    monitor: new MonitorClient(credential, world.subscription, options),
    resourceHealth: new MicrosoftResourceHealth(credential, world.subscription, {
      ...options,
      // This older client would make its audience up from the endpoint.
      credentialScopes: 'https://management.azure.com/.default',
    }),
    resourceGraph: new ResourceGraphClient(credential, options),
    // An endpoint that is set replaces the whole default, the version in its path included.
    logs: new LogsQueryClient(credential, { ...options, endpoint: `${httpsUrl}/v1` }),
  };
}

/** The same clients as collectors want them: each behind a promise. */
export function azureClients(simulator: Simulator, options: { maxRetries?: number } = {}) {
  const { network, monitor, resourceHealth, logs, resourceGraph } = sdkClients(simulator, options);
  return {
    network: async () => network,
    monitor: async () => monitor,
    resourceHealth: async () => resourceHealth,
    logs: async () => logs,
    resourceGraph: async () => resourceGraph,
  };
}

/**
 * Asks this simulator for tokens. `ManagedIdentityCredential` would do the same, but it keeps the first endpoint and
 * every token for the whole process, which is one simulator too few for a test file that starts several.
 */
function tokensOf({ identity }: Simulator): TokenCredential {
  return {
    getToken: async (scopes) => {
      const [scope = ''] = [scopes].flat();
      const url = new URL(identity.IDENTITY_ENDPOINT);
      url.searchParams.set('resource', scope.replace(/\/\.default$/, ''));
      url.searchParams.set('api-version', '2019-08-01');
      const response = await fetch(url, { headers: { 'X-IDENTITY-HEADER': identity.IDENTITY_HEADER } });
      if (!response.ok) throw new Error('The simulator gave no token.');
      const { access_token: token, expires_on: expiresOn } = (await response.json()) as Record<string, string>;
      return token && expiresOn ? { token, expiresOnTimestamp: Number(expiresOn) * 1000 } : null;
    },
  };
}
