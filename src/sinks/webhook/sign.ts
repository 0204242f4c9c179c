/**
 * Proves to a receiver who shares the secret that a message is ours, whole, and of this minute. What is signed is the time
 * in seconds since 1970, a dot, and the body byte for byte, with HMAC-SHA256.
 */
export async function signatureHeaders(
  secret: string,
  body: string,
  at: Date,
): Promise<Readonly<Record<string, string>>> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const encoder = new TextEncoder();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
  const digest = await crypto.subtle.sign(algorithm, key, encoder.encode(`${timestamp}.${body}`));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { 'x-appgw-triage-timestamp': timestamp, 'x-appgw-triage-signature': `v1=${hex}` };
}
