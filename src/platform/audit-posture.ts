import type { Evidence } from '../core/evidence.ts';
import type { Readings } from '../core/readings.ts';
import { gatewayNames } from '../core/targets.ts';
import { gatewaysIn } from '../evidence/gateway/index.ts';
import { referredName } from '../evidence/gateway/reference.ts';
import { type Fields, flatFieldsOf, isObject, listOf, present, textOf } from '../evidence/json.ts';
import { keepGateway } from '../evidence/one-gateway.ts';
import type { AuditReadings, GatewayPosture, ListenerCertificate } from '../prevention/check.ts';

/** The service takes at most 100 certificates and 200 listeners. */
const MAX_PARTS = 500;
/** A chain of certificates in Base64 has a few thousand characters. */
const MAX_DATA_LENGTH = 200_000;

/** The readings of a snapshot together with what only an audit asks of the gateway's own document. Pure. */
export function auditReadings(readings: Readings, evidence: readonly Evidence[]): AuditReadings {
  const documents = evidence.flatMap(({ name, state, raw }) => (name === 'gateway' && state === 'ok' ? [raw] : []));
  const [own] = keepGateway(documents, gatewayNames(readings).id).flatMap(gatewaysIn);
  return own === undefined || readings.gateway === undefined ? readings : { ...readings, posture: postureOf(own) };
}

/** Total: whatever the document holds, it returns. */
export function postureOf(document: unknown): GatewayPosture {
  const fields = flatFieldsOf(document);
  const listeners = [...parts(fields, 'httplisteners'), ...parts(fields, 'listeners')];
  const certificateOf = listeners.flatMap((listener) => {
    const [name, certificate] = [textOf(listener.get('name')), referredName(listener.get('sslcertificate'))];
    return name === undefined || certificate === undefined ? [] : [[name, certificate] as const];
  });
  return {
    certificates: parts(fields, 'sslcertificates').flatMap(readCertificate),
    certificateOf: Object.fromEntries(certificateOf),
  };
}

function parts(fields: Fields, name: string): readonly Fields[] {
  return listOf(fields.get(name)).slice(0, MAX_PARTS).filter(isObject).map(flatFieldsOf);
}

function readCertificate(part: Fields): readonly ListenerCertificate[] {
  const name = textOf(part.get('name'));
  const data = part.get('publiccertdata');
  if (name === undefined) return [];
  return [
    present<ListenerCertificate>({
      name,
      data: typeof data === 'string' && data !== '' && data.length <= MAX_DATA_LENGTH ? data : undefined,
      keyVaultSecretId: textOf(part.get('keyvaultsecretid'))?.split('?')[0],
    }),
  ];
}
