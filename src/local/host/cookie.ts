import type { RpcCookie } from './rpc.ts';

const SAME_SITE: Readonly<Record<string, string>> = { lax: 'Lax', strict: 'Strict', explicitNone: 'None' };

/** The Set-Cookie header of a cookie that a function returned. Throws where a name or a value would break the header. */
export function cookieHeader(cookie: RpcCookie): string {
  const attributes: (string | undefined)[] = [
    `${part(cookie.name, 'name')}=${encodeURIComponent(cookie.value ?? '')}`,
    attribute('Domain', cookie.domain?.value),
    attribute('Path', cookie.path?.value),
    attribute('Expires', expiry(cookie)),
    attribute('Max-Age', cookie.maxAge?.value?.toString()),
    cookie.secure?.value ? 'Secure' : undefined,
    cookie.httpOnly?.value ? 'HttpOnly' : undefined,
    attribute('SameSite', SAME_SITE[cookie.sameSite ?? '']),
  ];
  return attributes.filter((text) => text !== undefined).join('; ');
}

function expiry(cookie: RpcCookie): string | undefined {
  const seconds = cookie.expires?.value?.seconds;
  return seconds === undefined ? undefined : new Date(seconds * 1_000).toUTCString();
}

function attribute(name: string, value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : `${name}=${part(value, name)}`;
}

function part(text: string | undefined, what: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get into the header.
  if (text === undefined || text === '' || /[;\u0000-\u001f\u007f]/.test(text)) {
    throw new Error(`A cookie's ${what} holds characters that a cookie cannot hold.`);
  }
  return text;
}
