import type { TokenCredential } from '@azure/core-auth';
import type { Settings } from './settings.ts';

/** One identity for everything that is asked of Azure. */
export async function createCredential(settings: Pick<Settings, 'AZURE_CLIENT_ID'>): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  const managedIdentityClientId = settings.AZURE_CLIENT_ID;
  return new DefaultAzureCredential(managedIdentityClientId ? { managedIdentityClientId } : {});
}
