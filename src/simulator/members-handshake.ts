import type { Certificate, HandshakePlan, Service, SettingPlan, TlsVersion } from './world.ts';

/** What becomes of the gateway's TLS handshake with a member, in the words that the service uses for it. */

const OUT_OF_DATE =
  'Backend certificate is invalid. Current date is not within the "Valid from" and "Valid to" date range on the certificate.';
const WRONG_NAME =
  'The Common Name (CN) of the backend server certificate does not match the host header entered in the health probe configuration (v2 SKU) or the FQDN in the backend pool (v1 SKU). Verify if the hostname matches with the CN of the backend server certificate. To learn more visit - https://aka.ms/backendcertcnmismatch';
const SERVER_NOT_WELL_KNOWN =
  'The backend Server certificate is not signed by a well-known Certificate Authority (CA). To use unknown CA certificates, its Root certificate must be uploaded to the Backend Setting of the application gateway.';
const INTERMEDIATE_NOT_WELL_KNOWN =
  'The Intermediate certificate is not signed by a well-known Certificate Authority (CA). Ensure the certificate chain is complete and correctly ordered on the backend server.';
const OTHER_ROOT_SENT =
  'The root certificate of the server certificate used by the backend does not match the trusted root certificate added to the application gateway. Ensure that you add the correct root certificate to allowlist the backend.';
const OTHER_ROOT =
  'The Intermediate certificate not signed by any Root certificates uploaded to the application gateway. Ensure the certificate chain is complete and correctly ordered on the backend server.';
const INTERMEDIATE_MISSING =
  'The Intermediate certificate is missing from the certificate chain presented by the backend server. Ensure the certificate chain is complete and correctly ordered on the backend server.';

const MINUTES_PER_DAY = 24 * 60;
/** What the gateway offers its backends: older versions ended in 2025, and 1.3 is documented for clients only. */
const OFFERED_VERSION: TlsVersion = 'TLSv1.2';
const VERSIONS: readonly TlsVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
/** The documented suites of a gateway of the second generation: key exchange by ECDHE or RSA, and AES. */
const OFFERED_CIPHER = /^(ECDHE-(ECDSA|RSA)-)?AES(128|256)-/;

/** The names that go into a handshake. */
export interface HandshakeNames {
  /** Sent as the server name; absent where the gateway only knows an address. */
  readonly serverName?: string;
  /** Compared with the certificate. */
  readonly compared: string;
}

/**
 * Why the handshake of a probe fails; `no-connection` where it is broken off before a certificate is judged, for which no
 * text of the service's own is public. For refused ciphers one is told: they are taken for dates.
 */
export function handshakeFault(
  { certificate, handshake = {} }: Service,
  { serverName, compared }: HandshakeNames,
  setting: SettingPlan,
  minute: number,
): string | 'no-connection' | undefined {
  if (!certificate || !isVersionShared(handshake) || handshake.demandsClientCertificate) return 'no-connection';
  if (!isNameKnown(handshake, serverName)) return 'no-connection';
  if (handshake.ciphers?.some((cipher) => OFFERED_CIPHER.test(cipher)) === false) return OUT_OF_DATE;
  return certificateFault(certificate, compared, setting, minute);
}

function isVersionShared({ minVersion = 'TLSv1.2', maxVersion = 'TLSv1.3' }: HandshakePlan): boolean {
  const offered = VERSIONS.indexOf(OFFERED_VERSION);
  return VERSIONS.indexOf(minVersion) <= offered && offered <= VERSIONS.indexOf(maxVersion);
}

/** Whether a service that tells its sites apart in the handshake knows the name. */
export function isNameKnown({ serverNames }: HandshakePlan, name: string | undefined): boolean {
  return serverNames === undefined || (name !== undefined && serverNames.some((known) => isNamed(known, name)));
}

function certificateFault(
  { names, validFromDay, validUntilDay, signedBy, sends }: Certificate,
  compared: string,
  { trustedRoots = [] }: SettingPlan,
  minute: number,
): string | undefined {
  const day = minute / MINUTES_PER_DAY;
  if (day < validFromDay || day >= validUntilDay) return OUT_OF_DATE;
  if (sends === 'leaf') return INTERMEDIATE_MISSING;
  if (trustedRoots.length > 0 && !trustedRoots.includes(signedBy)) {
    return sends === 'with-root' ? OTHER_ROOT_SENT : OTHER_ROOT;
  }
  if (trustedRoots.length === 0 && signedBy !== 'public') {
    return sends === 'with-root' ? SERVER_NOT_WELL_KNOWN : INTERMEDIATE_NOT_WELL_KNOWN;
  }
  return names.some((name) => isNamed(name, compared)) ? undefined : WRONG_NAME;
}

function isNamed(pattern: string, host: string): boolean {
  if (pattern.toLowerCase() === host.toLowerCase()) return true;
  return pattern.startsWith('*.') && host.slice(host.indexOf('.')).toLowerCase() === pattern.slice(1).toLowerCase();
}
