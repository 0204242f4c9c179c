import { X509Certificate } from 'node:crypto';

/** A gateway shows listener certificates as a PKCS #7 bundle, and roots as the file that was uploaded. */
const MAX_LENGTH = 200_000;

/**
 * When the certificate in Base64 ends: DER, PEM, or the first to end of a PKCS #7 bundle. A bundle holds the whole chain,
 * and a chain is as good as its first part to expire. Undefined for anything else.
 */
export function certificateEnd(data: string): Date | undefined {
  if (data.length > MAX_LENGTH) return undefined;
  const bytes = Buffer.from(data, 'base64');
  const ends = (endOf(bytes) === undefined ? certificatesIn(bytes) : [bytes]).flatMap((one) => endOf(one) ?? []);
  return ends.length === 0 ? undefined : new Date(Math.min(...ends));
}

function endOf(bytes: Uint8Array): number | undefined {
  try {
    const end = Date.parse(new X509Certificate(bytes).validTo);
    return Number.isNaN(end) ? undefined : end;
  } catch {
    return undefined;
  }
}

const SEQUENCE = 0x30;
const CONTEXT_0 = 0xa0;
const MAX_CERTIFICATES = 20;

/** The certificates of a PKCS #7 SignedData (RFC 2315): ContentInfo, [0], SignedData, and in that [0]. */
function certificatesIn(bytes: Uint8Array): readonly Uint8Array[] {
  const [contentInfo] = elements(bytes);
  if (contentInfo?.tag !== SEQUENCE) return [];
  const wrapped = elements(contentInfo.content).find(({ tag }) => tag === CONTEXT_0);
  const [signedData] = elements(wrapped?.content ?? EMPTY);
  if (signedData?.tag !== SEQUENCE) return [];
  const certificates = elements(signedData.content).find(({ tag }) => tag === CONTEXT_0);
  return elements(certificates?.content ?? EMPTY)
    .filter(({ tag }) => tag === SEQUENCE)
    .slice(0, MAX_CERTIFICATES)
    .map(({ whole }) => whole);
}

const EMPTY = new Uint8Array();

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

/** The DER elements that lie side by side in these bytes; what does not fit ends the list. */
function elements(bytes: Uint8Array): readonly Element[] {
  const found: Element[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    let start = at + 2;
    if (length > 0x80) {
      const count = length - 0x80;
      if (count > 4 || start + count > bytes.length) break;
      length = bytes.subarray(start, start + count).reduce((sum, byte) => sum * 256 + byte, 0);
      start += count;
    } else if (length === 0x80) break;
    const end = start + length;
    if (end > bytes.length) break;
    found.push({ tag, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) });
    at = end;
  }
  return found;
}
