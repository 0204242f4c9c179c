import { createHash, timingSafeEqual } from 'node:crypto';
import type { JWTVerifyGetKey } from 'jose';
import type { Closed, Door, Entry } from '../web/access.ts';
import { createEntraDoor } from './entra-door.ts';
import type { Environment, Settings } from './settings.ts';
import { createLinkDoor } from './web-links.ts';

export interface WebDoorOptions {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly now: () => Date;
  /** Entra's signing keys; fetched where absent. */
  readonly keys?: JWTVerifyGetKey;
}

/**
 * The locks of the pages and the JSON API. Each of them opens by itself, and none of them is there unless it is set up:
 * a key (WEB_KEY), a token of Microsoft Entra ID for one of WEB_CALLERS, App Service authentication (WEB_SIGN_IN), and, on
 * a developer's own machine, nothing at all (WEB_OPEN). The host asks for no key, because browsers could only put it into
 * the URL.
 */
export function createWebDoor({ settings, environment, now, keys }: WebDoorOptions): Door {
  const { WEB_KEY: key, WEB_CALLERS: callers } = settings;
  // An empty list of callers means "all of the tenant" at other doors, and nobody here.
  const entra = callers.length > 0 ? createEntraDoor({ ...settings, ENTRA_CALLERS: callers }, keys) : undefined;
  const isSignInOn = settings.WEB_SIGN_IN && environment.WEBSITE_AUTH_ENABLED?.toLowerCase() === 'true';
  const isOpen = settings.WEB_OPEN === 'loopback' && !isInAzure(environment);
  const wanted: Closed = {
    outcome: 'closed',
    status: 401,
    code: 'sign-in-required',
    message: 'Sign in to see incidents.',
    mayAskForKey: key !== undefined,
  };

  return {
    followLink: createLinkDoor(settings.LINK_SECRET, now),
    signIn: async (request) => {
      if (isOpen && isFromHere(request)) return everything('somebody on this machine', true);
      const { headers } = request;
      const shown = headers.get('x-api-key') ?? passwordIn(headers.get('authorization'));
      if (key !== undefined && shown !== undefined && isSameKey(shown, key)) return everything('a holder of the key');
      const person = isSignInOn ? personIn(headers, settings.ENTRA_TENANT_ID) : undefined;
      if (person !== undefined) return everything(person);
      const authorization = headers.get('authorization') ?? undefined;
      if (!entra || !/^Bearer /i.test(authorization ?? '')) return wanted;
      const refusal = await entra(authorization);
      if (!refusal) return everything('an application of the tenant');
      const isKnown = refusal.code === 'caller-not-allowed';
      return {
        ...wanted,
        status: isKnown ? 403 : 401,
        code: isKnown ? 'caller-not-allowed' : 'token-invalid',
        message: isKnown ? 'The calling application is not among WEB_CALLERS.' : refusal.message,
      };
    },
  };
}

function everything(who: string, isLocal = false): Entry {
  return { outcome: 'open', access: { to: 'everything', who, isLocal } };
}

/** Set by the platform wherever an app runs in Azure. */
function isInAzure({ WEBSITE_INSTANCE_ID, WEBSITE_SITE_NAME, CONTAINER_NAME }: Environment): boolean {
  return [WEBSITE_INSTANCE_ID, WEBSITE_SITE_NAME, CONTAINER_NAME].some((value) => value !== undefined && value !== '');
}

/**
 * Whether a request was made on this machine to this machine. The name that it was made to counts as well: a page from
 * elsewhere whose name leads here is refused. What a proxy passes on is not from here.
 */
function isFromHere({ url, headers }: Request): boolean {
  const { hostname } = new URL(url);
  const isHere = hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
  return isHere && !headers.has('x-forwarded-for') && !headers.has('forwarded') && !headers.has('x-forwarded-host');
}

/** The password of basic authentication, which is how a browser asks a person for the key. */
function passwordIn(authorization: string | null): string | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=]{1,1000})$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}

/** Compares digests, so that neither length nor content of the key shows in the time it takes. */
function isSameKey(shown: string, key: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(shown), digest(key));
}

const TENANT_CLAIMS = ['http://schemas.microsoft.com/identity/claims/tenantid', 'tid'];

/**
 * Who App Service authentication has signed in. It takes these headers off every request from outside and sets them itself,
 * but only where it is switched on, which is why that is asked first.
 */
function personIn(headers: Headers, tenant: string | undefined): string | undefined {
  const encoded = headers.get('x-ms-client-principal');
  if (encoded === null || encoded.length > 32_000) return undefined;
  try {
    const principal: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
    const { auth_typ: kind, claims } = (principal ?? {}) as { auth_typ?: unknown; claims?: unknown };
    if (kind !== 'aad' || !Array.isArray(claims)) return undefined;
    const own = claims.find((claim) => TENANT_CLAIMS.includes(String(claim?.typ)))?.val;
    if (tenant !== undefined && String(own).toLowerCase() !== tenant.toLowerCase()) return undefined;
    return (headers.get('x-ms-client-principal-name') ?? 'somebody who signed in').slice(0, 120);
  } catch {
    return undefined;
  }
}
