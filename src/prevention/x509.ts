/**
 * Just enough of X.509 to tell what a certificate is called and when it ends, read off its bytes: a single certificate
 * (DER or PEM), or the PKCS #7 envelope in which the gateway shows the chain of a listener. Nothing is verified here.
 */
export interface ReadCertificate {
  /** The common names; empty where there is none. */
  readonly subject: string;
  readonly issuer: string;
  /** DNS names of the subject alternative name. */
  readonly names: readonly string[];
  readonly validFromMs: number;
  readonly validToMs: number;
  readonly isSelfIssued: boolean;
}

const MAX_LENGTH = 200_000;
const MAX_CERTIFICATES = 20;
const MAX_NAMES = 200;
const MAX_NAME_LENGTH = 253;

/** The certificates in a Base64 text, in the order in which they stand; none where it holds nothing legible. */
export function readCertificates(base64: string): readonly ReadCertificate[] {
  if (base64.length > MAX_LENGTH) return [];
  try {
    const bytes = decode(base64);
    const text = String.fromCharCode(...bytes.slice(0, 30));
    if (!text.startsWith('-----BEGIN')) return readDer(bytes);
    const pem = new TextDecoder().decode(bytes);
    const blocks = [...pem.matchAll(/-----BEGIN (?:CERTIFICATE|PKCS7)-----([A-Za-z0-9+/=\s]+)-----END/g)];
    return blocks.slice(0, MAX_CERTIFICATES).flatMap(([, block = '']) => readDer(decode(block)));
  } catch {
    // Bytes from outside can be anything; what is not a certificate tells nothing.
    return [];
  }
}

/** The certificate that a server shows as its own: the one that issued no other. */
export function leafOf(certificates: readonly ReadCertificate[]): ReadCertificate | undefined {
  const isIssuer = (one: ReadCertificate) =>
    certificates.some((other) => other !== one && other.issuer === one.subject && one.subject !== '');
  return certificates.find((one) => !isIssuer(one)) ?? certificates[0];
}

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64.replace(/\s+/g, '')), (character) => character.charCodeAt(0));
}

/** One element of DER: its tag, and where its content lies. */
interface Element {
  readonly tag: number;
  readonly from: number;
  readonly to: number;
}

const TAG = {
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  first: 0xa0,
  extensions: 0xa3,
  dnsName: 0x82,
} as const;

const SIGNED_DATA = '2a864886f70d010702';
const COMMON_NAME = '550403';
const SUBJECT_ALTERNATIVE_NAME = '551d11';

function elementAt(bytes: Uint8Array, at: number, end: number): Element {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined || at + 2 > end) throw new RangeError('cut off');
  let [from, length] = [at + 2, first];
  if (first >= 0x80) {
    const count = first - 0x80;
    if (count === 0 || count > 3) throw new RangeError('a length that is not definite, or absurd');
    length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + (bytes[from + index] ?? 0);
    from += count;
  }
  if (from + length > end) throw new RangeError('cut off');
  return { tag, from, to: from + length };
}

function childrenOf(bytes: Uint8Array, { from, to }: Element): readonly Element[] {
  const children: Element[] = [];
  for (let at = from; at < to; ) {
    const child = elementAt(bytes, at, to);
    children.push(child);
    at = child.to;
  }
  return children;
}

function hex(bytes: Uint8Array, { from, to }: Element): string {
  return [...bytes.slice(from, to)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function text(bytes: Uint8Array, { from, to }: Element): string {
  return new TextDecoder().decode(bytes.slice(from, Math.min(to, from + MAX_NAME_LENGTH)));
}

function readDer(bytes: Uint8Array): readonly ReadCertificate[] {
  const whole = elementAt(bytes, 0, bytes.length);
  const [head, content] = childrenOf(bytes, whole);
  if (head?.tag !== TAG.oid) return [readCertificate(bytes, whole)];
  if (hex(bytes, head) !== SIGNED_DATA || !content) return [];
  const [signed] = childrenOf(bytes, content);
  const certificates = signed && childrenOf(bytes, signed).find(({ tag }) => tag === TAG.first);
  if (!certificates) return [];
  return childrenOf(bytes, certificates)
    .slice(0, MAX_CERTIFICATES)
    .map((each) => readCertificate(bytes, each));
}

function readCertificate(bytes: Uint8Array, certificate: Element): ReadCertificate {
  const [body] = childrenOf(bytes, certificate);
  if (body?.tag !== TAG.sequence) throw new RangeError('no certificate');
  // Version (where there is one), serial number, algorithm, issuer, validity, subject, key, extensions.
  const parts = childrenOf(bytes, body);
  const fields = parts[0]?.tag === TAG.first ? parts.slice(1) : parts;
  const [, , issuer, validity, subject] = fields;
  if (!issuer || !validity || !subject) throw new RangeError('no certificate');
  const [from, to] = childrenOf(bytes, validity);
  if (!from || !to) throw new RangeError('no dates');
  const extensions = fields.find(({ tag }) => tag === TAG.extensions);
  return {
    subject: commonName(bytes, subject),
    issuer: commonName(bytes, issuer),
    names: extensions ? alternativeNames(bytes, extensions) : [],
    validFromMs: timeOf(bytes, from),
    validToMs: timeOf(bytes, to),
    isSelfIssued: hex(bytes, issuer) === hex(bytes, subject),
  };
}

/** Years of two digits are those from 1950 to 2049 (RFC 5280). */
function timeOf(bytes: Uint8Array, element: Element): number {
  const written = text(bytes, element);
  const isShort = element.tag === TAG.utcTime;
  if (!isShort && element.tag !== TAG.generalizedTime) throw new RangeError('no time');
  const match = (isShort ? /^(\d{2})(\d{10})Z$/ : /^(\d{4})(\d{10})Z$/).exec(written);
  const [, year = '', rest = ''] = match ?? [];
  const whole = isShort ? `${Number(year) < 50 ? '20' : '19'}${year}` : year;
  const [month, day, hour, minute, second] = rest.match(/\d{2}/g) ?? [];
  const time = Date.parse(`${whole}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(time)) throw new RangeError('no time');
  return time;
}

function commonName(bytes: Uint8Array, name: Element): string {
  for (const set of childrenOf(bytes, name)) {
    for (const pair of childrenOf(bytes, set)) {
      const [type, value] = childrenOf(bytes, pair);
      if (type && value && hex(bytes, type) === COMMON_NAME) return text(bytes, value);
    }
  }
  return '';
}

function alternativeNames(bytes: Uint8Array, extensions: Element): readonly string[] {
  const [list] = childrenOf(bytes, extensions);
  for (const extension of list ? childrenOf(bytes, list) : []) {
    const parts = childrenOf(bytes, extension);
    const [type] = parts;
    const value = parts.find(({ tag }) => tag === TAG.octets);
    if (!type || !value || hex(bytes, type) !== SUBJECT_ALTERNATIVE_NAME) continue;
    const names = childrenOf(bytes, elementAt(bytes, value.from, value.to));
    return names
      .filter(({ tag }) => tag === TAG.dnsName)
      .slice(0, MAX_NAMES)
      .map((name) => text(bytes, name));
  }
  return [];
}
