import type {
  PortObservation,
  ProbeObservation,
  RequestObservation,
  ServedCertificate,
  TlsObservation,
} from '../../core/prober.ts';
import { booleanOf, type Fields, fieldsOf, isObject, numberOf, present, textOf, textsOf } from '../json.ts';

const MAX_PORTS = 50;
const MAX_REQUESTS = 50;
const MAX_CHAIN = 20;
const MAX_ADDRESSES = 100;
const MAX_NAMES = 200;

/** Reads one observation; undefined where it does not say of whom. A part of it that cannot be read is left out whole. */
export function readObservation(fields: Fields): ProbeObservation | undefined {
  const member = name(fields.get('member'));
  if (member === undefined) return undefined;
  return present<ProbeObservation>({
    member,
    pool: name(fields.get('pool')),
    setting: name(fields.get('setting')),
    resolution: readResolution(fields.get('resolution')),
    ports: objects(fields.get('ports'), MAX_PORTS).flatMap((part) => readPort(part) ?? []),
    tls: isObject(fields.get('tls')) ? readTls(fieldsOf(fields.get('tls'))) : undefined,
    requests: objects(fields.get('requests'), MAX_REQUESTS).flatMap((part) => readRequest(part) ?? []),
  });
}

function objects(value: unknown, limit: number): readonly Fields[] {
  return Array.isArray(value) ? value.slice(0, limit).filter(isObject).map(fieldsOf) : [];
}

function name(value: unknown): string | undefined {
  return textOf(value)?.trim().slice(0, 500);
}

function readResolution(value: unknown): ProbeObservation['resolution'] {
  if (!isObject(value)) return undefined;
  const fields = fieldsOf(value);
  const error = name(fields.get('error'));
  const addresses = textsOf(fields.get('addresses')).slice(0, MAX_ADDRESSES);
  // A resolution without an address and without an error was not finished, and must not pass for a name without addresses.
  if (addresses.length === 0 && error === undefined && !Array.isArray(fields.get('addresses'))) return undefined;
  return { addresses, ...(error === undefined ? {} : { error }) };
}

const PORT_STATES = ['open', 'refused', 'silent', 'unreachable'] as const;

function readPort(fields: Fields): PortObservation | undefined {
  const port = portOf(fields.get('port'));
  const state = PORT_STATES.find((known) => known === fields.get('state'));
  if (port === undefined || state === undefined) return undefined;
  return { port, state, isConfigured: booleanOf(fields.get('isconfigured')) ?? false };
}

function portOf(value: unknown): number | undefined {
  const port = numberOf(value);
  return port !== undefined && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

/** A chain of which one certificate cannot be read would look like one that is incomplete, so it costs the whole part. */
function readTls(fields: Fields): TlsObservation | undefined {
  const port = portOf(fields.get('port'));
  const isHandshakeDone = booleanOf(fields.get('ishandshakedone'));
  const served = fields.get('chain');
  const items: readonly unknown[] = Array.isArray(served) ? served : [];
  const chain = items.slice(0, MAX_CHAIN).flatMap((item) => readCertificate(fieldsOf(item)) ?? []);
  if (port === undefined || isHandshakeDone === undefined || chain.length !== items.length) return undefined;
  return present<TlsObservation>({
    port,
    serverName: name(fields.get('servername')),
    isHandshakeDone,
    error: name(fields.get('error')),
    version: name(fields.get('version')),
    demandsClientCertificate: booleanOf(fields.get('demandsclientcertificate')),
    chain,
    isTrusted: booleanOf(fields.get('istrusted')),
    trustError: name(fields.get('trusterror')),
  });
}

function readCertificate(fields: Fields): ServedCertificate | undefined {
  const [subject, issuer] = [fields.get('subject'), fields.get('issuer')];
  const validFrom = textOf(fields.get('validfrom'));
  const validTo = textOf(fields.get('validto'));
  // A subject may be empty where the certificate carries its names beside it.
  if (typeof subject !== 'string' || typeof issuer !== 'string') return undefined;
  if (validFrom === undefined || validTo === undefined) return undefined;
  return present<ServedCertificate>({
    subject: subject.slice(0, 1_000),
    issuer: issuer.slice(0, 1_000),
    names: textsOf(fields.get('names')).slice(0, MAX_NAMES),
    validFrom,
    validTo,
    isCa: booleanOf(fields.get('isca')),
  });
}

const REQUEST_KINDS = ['probe', 'other-path', 'other-host', 'live-host', 'other-port'] as const;

function readRequest(fields: Fields): RequestObservation | undefined {
  const kind = REQUEST_KINDS.find((known) => known === fields.get('kind'));
  const path = withoutQuery(textOf(fields.get('path')));
  if (kind === undefined || path === undefined) return undefined;
  return present<RequestObservation>({
    kind,
    port: portOf(fields.get('port')),
    path,
    host: name(fields.get('host')),
    status: numberOf(fields.get('status')),
    location: withoutQuery(textOf(fields.get('location'))),
    seconds: numberOf(fields.get('seconds')),
    error: name(fields.get('error')),
    isAccepted: booleanOf(fields.get('isaccepted')),
  });
}

/** The prober leaves queries out; a file that somebody edited may not. */
function withoutQuery(text: string | undefined): string | undefined {
  return textOf(text?.replace(/[?#][\s\S]*$/, ''))?.slice(0, 500);
}
