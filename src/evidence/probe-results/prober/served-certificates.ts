import { X509Certificate } from 'node:crypto';
import type { ServedCertificate } from '../../../core/prober.ts';

/**
 * Certificates as a server sends them. Node shows a chain that it has put in order and completed from its own store, which
 * hides exactly the flaws that are looked for here. Up to TLS 1.2, a server sends its certificates in plain, so they are
 * taken from the bytes of the handshake.
 */

export interface HandshakeBytes {
  readonly add: (bytes: Buffer) => void;
  /** The certificates in the order in which they were sent; undefined before any came. */
  readonly certificates: () => readonly Buffer[] | undefined;
  /** Whether the server asked for a client certificate. */
  readonly asksForClientCertificate: () => boolean;
}

const RECORD_HEADER_BYTES = 5;
const HANDSHAKE_RECORD = 22;
const MESSAGE_HEADER_BYTES = 4;
const CERTIFICATE_MESSAGE = 11;
const CERTIFICATE_REQUEST_MESSAGE = 13;
/** A chain has a few kilobytes. More than this is not looked at. */
const MAX_BYTES = 256 * 1024;
/** A chain has two to four certificates. More than this are not kept, and neither are they by whoever reads the results. */
const MAX_CERTIFICATES = 20;

/** Follows the plain part of a handshake, as far as it is legible. It never throws, whatever the bytes. */
export function followHandshake(): HandshakeBytes {
  let records = Buffer.alloc(0);
  let messages = Buffer.alloc(0);
  let seen = 0;
  let isOver = false;
  let certificates: readonly Buffer[] | undefined;
  let asksForClientCertificate = false;

  const readMessages = () => {
    while (messages.length >= MESSAGE_HEADER_BYTES) {
      const end = MESSAGE_HEADER_BYTES + messages.readUIntBE(1, 3);
      if (messages.length < end) return;
      const type = messages[0];
      if (type === CERTIFICATE_MESSAGE) certificates ??= certificatesIn(messages.subarray(MESSAGE_HEADER_BYTES, end));
      if (type === CERTIFICATE_REQUEST_MESSAGE) asksForClientCertificate = true;
      messages = messages.subarray(end);
    }
  };

  const add = (bytes: Buffer) => {
    seen += bytes.length;
    if (isOver || seen > MAX_BYTES) {
      isOver = true;
      return;
    }
    records = Buffer.concat([records, bytes]);
    while (records.length >= RECORD_HEADER_BYTES) {
      // Anything else than a record of the handshake is an alert, the begin of encryption, or no TLS at all.
      if (records[0] !== HANDSHAKE_RECORD) {
        isOver = true;
        return;
      }
      const end = RECORD_HEADER_BYTES + records.readUInt16BE(3);
      if (records.length < end) return;
      messages = Buffer.concat([messages, records.subarray(RECORD_HEADER_BYTES, end)]);
      records = records.subarray(end);
      readMessages();
    }
  };

  return {
    add,
    certificates: () => certificates,
    asksForClientCertificate: () => asksForClientCertificate,
  };
}

/** The list of a certificate message: its length, and then each certificate behind its own length, in three bytes each. */
function certificatesIn(body: Buffer): readonly Buffer[] | undefined {
  if (body.length < 3 || body.readUIntBE(0, 3) !== body.length - 3) return undefined;
  const certificates: Buffer[] = [];
  for (let at = 3; at < body.length; ) {
    if (at + 3 > body.length) return undefined;
    const end = at + 3 + body.readUIntBE(at, 3);
    if (end > body.length) return undefined;
    certificates.push(body.subarray(at + 3, end));
    at = end;
  }
  return certificates;
}

/** Describes a chain; empty where one of its certificates is illegible, since a part would look like an incomplete one. */
export function describeChain(certificates: readonly Buffer[]): readonly ServedCertificate[] {
  const chain = certificates.slice(0, MAX_CERTIFICATES).flatMap((der) => describe(der) ?? []);
  return chain.length === Math.min(certificates.length, MAX_CERTIFICATES) ? chain : [];
}

const MAX_NAME_LENGTH = 500;
const MAX_NAMES = 100;

function describe(der: Buffer): ServedCertificate | undefined {
  try {
    const certificate = new X509Certificate(der);
    const subject = oneLine(certificate.subject);
    const alternatives = namesIn(certificate.subjectAltName);
    return {
      subject,
      issuer: oneLine(certificate.issuer),
      names: (alternatives.length > 0 ? alternatives : commonNames(certificate.subject)).slice(0, MAX_NAMES),
      validFrom: certificate.validFromDate.toISOString(),
      validTo: certificate.validToDate.toISOString(),
      isCa: certificate.ca,
    };
  } catch {
    // Not a certificate, or one whose dates are none.
    return undefined;
  }
}

/** Node prints one part of a name a line, and an empty name as undefined. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ').slice(0, MAX_NAME_LENGTH);
}

function commonNames(subject: string | undefined): readonly string[] {
  const lines = (subject ?? '').split('\n');
  return lines.flatMap((line) => (/^CN=./.test(line) ? [line.slice(3).slice(0, MAX_NAME_LENGTH)] : []));
}

/**
 * Node prints `DNS:example.com, IP Address:10.0.0.4`, and puts a name that holds a comma into quotes, so that no name can
 * pass for two.
 */
function namesIn(alternatives: string | undefined): readonly string[] {
  return splitOutsideQuotes(alternatives ?? '').flatMap((part) => {
    const name = /^(?:DNS|IP Address):([\s\S]+)$/.exec(part.trim())?.[1];
    return name === undefined ? [] : [name.slice(0, MAX_NAME_LENGTH)];
  });
}

function splitOutsideQuotes(text: string): readonly string[] {
  const parts: string[] = [];
  let begin = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') isQuoted = !isQuoted;
    else if (text[at] === ',' && !isQuoted) {
      parts.push(text.slice(begin, at));
      begin = at + 1;
    }
  }
  return [...parts, text.slice(begin)];
}
