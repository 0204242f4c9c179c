/** What backend health says of certificates, for the cases of the rules. */

export const CERTIFICATE_DATES =
  'Backend certificate is invalid. Current date is not within the "Valid from" and "Valid to" date range on the certificate.';

export const INTERMEDIATE_MISSING =
  'The Intermediate certificate is missing from the certificate chain presented by the backend server. Ensure the certificate chain is complete and correctly ordered on the backend server.';

export const UNKNOWN_AUTHORITY =
  'The backend Server certificate is not signed by a well-known Certificate Authority (CA). To use unknown CA certificates, its Root certificate must be uploaded to the Backend Setting of the application gateway.';

export const ROOT_MISMATCH =
  'The root certificate of the server certificate used by the backend does not match the trusted root certificate added to the application gateway. Ensure that you add the correct root certificate to allowlist the backend.';

export function verifyError(opensslCode: number): string {
  return `The validity of the backend certificate could not be verified. To find out the reason, check OpenSSL diagnostics for the message associated with error code ${opensslCode}`;
}
