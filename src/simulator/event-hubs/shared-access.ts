import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SharedAccessKey {
  readonly name: string;
  readonly key: string;
}

/** Why a shared access signature does not open `audience`; undefined where it does. */
export function refuseToken(
  token: string,
  audience: string,
  access: SharedAccessKey,
  nowSeconds: number,
): string | undefined {
  const [scheme, fields = ''] = token.split(' ', 2);
  if (scheme !== 'SharedAccessSignature') return 'The token is no shared access signature.';
  const parts = new URLSearchParams(fields.replaceAll('+', '%2B'));
  const [resource, signature, expiry, name] = ['sr', 'sig', 'se', 'skn'].map((part) => parts.get(part));
  if (!resource || !signature || !expiry || !name) return 'The shared access signature is not complete.';
  if (name !== access.name) return 'There is no shared access key of this name.';
  const [rawResource = ''] = /(?<=(?:^|&)sr=)[^&]*/.exec(fields) ?? [];
  const expected = createHmac('sha256', access.key).update(`${rawResource}\n${expiry}`).digest();
  const given = Buffer.from(signature, 'base64');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'The signature is wrong.';
  if (!(Number(expiry) > nowSeconds)) return 'The token has expired.';
  if (!covers(pathOf(resource), pathOf(audience))) return 'The token is for another resource.';
  return undefined;
}

/** The part of `sb://host:port/hub/...` behind the host, without slashes around it, in lower case. */
export function pathOf(audience: string): string {
  return audience
    .replace(/^[a-z]+:\/\/[^/]*/i, '')
    .replace(/^\/+|\/+$/g, '')
    .toLowerCase();
}

/** Whether what opens `outer` opens `inner`, too: it is the same, or lies below it. */
export function covers(outer: string, inner: string): boolean {
  return outer === '' || inner === outer || inner.startsWith(`${outer}/`);
}
