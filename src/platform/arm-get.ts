import type { TokenCredential } from '@azure/core-auth';
import { createCredential } from './credential.ts';
import type { Settings } from './settings.ts';

/**
 * One GET of Resource Manager, without an SDK: the door and the sweep need two small reads, and must not load what an
 * investigation does. `path` begins with a slash and holds its api-version. Rejects where no answer comes in time.
 */
export type ArmGet = (path: string, timeoutMs: number) => Promise<{ readonly status: number; readonly body: unknown }>;

export interface ArmGetOptions {
  readonly fetch?: typeof fetch;
  readonly credential?: () => Promise<TokenCredential>;
}

export function createArmGet(
  settings: Pick<Settings, 'ARM_ENDPOINT' | 'AZURE_CLIENT_ID'>,
  { fetch: ask = fetch, credential = () => createCredential(settings) }: ArmGetOptions = {},
): ArmGet {
  let signedIn: Promise<TokenCredential> | undefined;
  return async (path, timeoutMs) => {
    const signal = AbortSignal.timeout(timeoutMs);
    signedIn ??= credential();
    const token = await (await signedIn).getToken(`${settings.ARM_ENDPOINT}/.default`, { abortSignal: signal });
    if (!token) throw new Error('There is no token for Resource Manager.');
    const answer = await ask(`${settings.ARM_ENDPOINT}${path}`, {
      headers: { authorization: `Bearer ${token.token}` },
      redirect: 'error',
      signal,
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : parse(text) };
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
