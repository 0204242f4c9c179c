import type { JWTVerifyGetKey } from 'jose';
import type { Settings } from './settings.ts';

/** Why a caller is not let in: stable codes, and never a word of the token. */
export type Refusal = {
  readonly code: 'token-missing' | 'token-invalid' | 'caller-not-allowed';
  readonly message: string;
};

/** Clocks of two machines may differ by this much, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 120;

type DoorSettings = Pick<Settings, 'ENTRA_TENANT_ID' | 'ENTRA_AUDIENCE' | 'ENTRA_CALLERS' | 'AZURE_AUTHORITY_HOST'>;

/**
 * The second lock of every door, beside the function key: a token of Microsoft Entra ID, as a secure webhook of an action
 * group sends it. Undefined where it is not configured. Issuer, audience, dates, signature and the calling application's
 * id are checked; the signing keys are Entra's own, fetched and kept by `jose`.
 */
export function createEntraDoor(
  settings: DoorSettings,
  keys?: JWTVerifyGetKey,
): ((authorization: string | undefined) => Promise<Refusal | undefined>) | undefined {
  const { ENTRA_TENANT_ID: tenant, ENTRA_AUDIENCE: audience, ENTRA_CALLERS: callers } = settings;
  if (tenant === undefined || audience === undefined) return undefined;
  const authority = (settings.AZURE_AUTHORITY_HOST ?? 'https://login.microsoftonline.com').replace(/\/+$/, '');
  // Applications choose by their manifest which of the two kinds of token they are sent.
  const issuer = [`${authority}/${tenant}/v2.0`, `https://sts.windows.net/${tenant}/`];
  let known = keys;

  return async (authorization) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return refused('token-missing', 'A bearer token of Microsoft Entra ID is wanted.');
    const { createRemoteJWKSet, jwtVerify } = await import('jose');
    known ??= createRemoteJWKSet(new URL(`${authority}/${tenant}/discovery/v2.0/keys`), { timeoutDuration: 4_000 });
    try {
      const { payload } = await jwtVerify(token, known, {
        issuer,
        audience: [audience, `api://${audience}`],
        algorithms: ['RS256'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'iat'],
      });
      // `azp` in tokens of version 2, `appid` in those of version 1.
      const caller = payload.azp ?? payload.appid;
      if (callers.length > 0 && !callers.includes(String(caller).toLowerCase())) {
        return refused('caller-not-allowed', 'The calling application is not among ENTRA_CALLERS.');
      }
      return undefined;
    } catch {
      return refused('token-invalid', 'The token is not valid here: signature, issuer, audience or dates do not fit.');
    }
  };
}

function refused(code: Refusal['code'], message: string): Refusal {
  return { code, message };
}
