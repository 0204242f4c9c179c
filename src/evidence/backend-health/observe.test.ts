import { describe, expect, test } from '@jest/globals';
import type { Observation } from '../../core/backend-health.ts';
import { observe, observeText } from './observe.ts';

const statusMismatch = (received?: number, accepted?: string): Observation => ({
  kind: 'status-mismatch',
  ...(received === undefined ? {} : { received }),
  ...(accepted === undefined ? {} : { accepted }),
});

/** The wordings of all generations, with what each says. */
const WORDINGS: readonly (readonly [string, Observation])[] = [
  ['Success. Received 200 status code', { kind: 'answered', status: 200 }],
  ['Success. Received 301 status code', { kind: 'answered', status: 301 }],
  ['Success', { kind: 'answered' }],
  [
    "Time taken by the backend to respond to application gateway's health probe is more than the timeout threshold in the probe setting.",
    { kind: 'timed-out' },
  ],
  [
    'Time taken by the backend to respond to application gateway\u2019s health probe is more than the time-out threshold in the probe configuration. Either increase the time-out threshold in the probe configuration or resolve the backend issues. Note: for default probe, the http timeout is 30s. To learn more visit - https://aka.ms/ProbeTimeOut.',
    { kind: 'timed-out' },
  ],
  ['Backend server timed out', { kind: 'timed-out' }],
  [
    'Application Gateway could not connect to the backend. Please check that the backend responds on the port used for the probe. Also check whether any NSG/UDR/Firewall is blocking access to the Ip and port of this backend.',
    { kind: 'cannot-connect' },
  ],
  [
    'Application Gateway couldn\u2019t connect to the back end. Check that the back end responds on the port used for the probe.',
    { kind: 'cannot-connect' },
  ],
  [
    'Cannot connect to backend server. Check whether any NSG/UDR/Firewall is blocking access to the server. Check if application is running on correct port. To learn more visit - https://aka.ms/servernotreachable.',
    { kind: 'cannot-connect' },
  ],
  [
    'Cannot connect to server. Check whether any NSG/UDR/Firewall is blocking access to server.',
    { kind: 'cannot-connect' },
  ],
  ['Connection refused', { kind: 'cannot-connect' }],
  ['Failed to connect to backend server. Timeout exceeded.', { kind: 'cannot-connect' }],
  [
    'Application Gateway could not create a probe for this backend. This usually happens when the FQDN of the backend has not been entered correctly.',
    { kind: 'name-unresolved' },
  ],
  ['The FQDN of the member cannot be resolved.', { kind: 'name-unresolved' }],
  [
    'Verify that the backend server is set up to accept the Proxy protocol header sent by the probes.',
    { kind: 'proxy-protocol' },
  ],
  [
    "Status code of the backend's HTTP response did not match the probe setting. Expected:{200-399} Received:{403}.",
    statusMismatch(403, '200-399'),
  ],
  [
    'Status code of the backend\u2019s HTTP response didn\u2019t match the probe setting. Expected:200 Received:404.',
    statusMismatch(404, '200'),
  ],
  [
    "Received invalid status code: 404 in the backend server's HTTP response. As per the health probe configuration, 200-399 is the acceptable status code. Either modify probe configuration or resolve backend issues.",
    statusMismatch(404, '200-399'),
  ],
  [
    "Received invalid status code: 401 in the backend server's HTTP response. As per the health probe configuration, 200-299,403 are the acceptable status codes.",
    statusMismatch(401, '200-299,403'),
  ],
  ["Received invalid status code: 502 in the backend server's HTTP response.", statusMismatch(502)],
  ['Probe status code mismatch: Received 401', statusMismatch(401)],
  [
    "Status code of the backend's HTTP response did not match the probe setting. Expected:{HTTPStatusCode0} Received:{HTTPStatusCode1}.",
    statusMismatch(),
  ],
  [
    "Body of the backend's HTTP response did not match the probe setting. Received response body does not contain *OK*.",
    { kind: 'body-mismatch', expected: '*OK*' },
  ],
  [
    'Body of the backend\'s HTTP response did not match the probe setting. Received response body doesn\u2019t contain "Certificate is Expired. v1.2". To learn more visit - https://aka.ms/x',
    { kind: 'body-mismatch', expected: 'Certificate is Expired. v1.2' },
  ],
  [
    'Body of the backend\'s HTTP response did not match the probe setting. Received response body doesn\'t contain {"status":"up"}.',
    { kind: 'body-mismatch', expected: '{"status":"up"}' },
  ],
  [
    'The Common Name (CN) of the backend certificate does not match the host header of the probe.',
    { kind: 'certificate-name' },
  ],
  [
    'The Common Name (CN) of the backend server certificate does not match the host header entered in the health probe configuration (v2 SKU) or the FQDN in the backend pool (v1 SKU). Verify if the hostname matches with the CN of the backend server certificate. To learn more visit - https://aka.ms/backendcertcnmismatch',
    { kind: 'certificate-name' },
  ],
  [
    'The Common Name of the leaf certificate presented by the backend server does not match the Probe or Backend Setting hostname of the application gateway.',
    { kind: 'certificate-name' },
  ],
  ["The Common Name (CN) of the backend certificate doesn't match.", { kind: 'certificate-name' }],
  [
    'Backend certificate is invalid. Current date is not within the "Valid from" and "Valid to" date range on the certificate.',
    { kind: 'certificate-dates' },
  ],
  [
    'Backend certificate is invalid. Current date isn\u2019t within the \u201cValid from\u201d and \u201cValid to\u201d date range on the certificate.',
    { kind: 'certificate-dates' },
  ],
  [
    'The Intermediate certificate is missing from the certificate chain presented by the backend server. Ensure the certificate chain is complete and correctly ordered on the backend server.',
    { kind: 'certificate-chain', about: 'intermediate-missing' },
  ],
  [
    'The **Leaf certificate is missing** from the certificate chain presented by the backend server. Ensure the chain is complete and correctly ordered on the backend server.',
    { kind: 'certificate-chain', about: 'leaf-missing' },
  ],
  [
    "The Leaf certificate isn't the topmost certificate in the chain presented by the backend server. Ensure the certificate chain is correctly ordered on the backend server.",
    { kind: 'certificate-chain', about: 'order' },
  ],
  [
    'The server certificate used by the backend is not signed by a well-known Certificate Authority (CA). Allow the backend on the Application Gateway by uploading the root certificate of the server certificate used by the backend.',
    { kind: 'certificate-untrusted', about: 'server' },
  ],
  [
    "The backend Server certificate isn't signed by a well-known Certificate Authority (CA). To use unknown CA certificates, its Root certificate must be uploaded to the Backend Setting of the application gateway.",
    { kind: 'certificate-untrusted', about: 'server' },
  ],
  [
    'The Intermediate certificate is not signed by a well-known Certificate Authority (CA). Ensure the certificate chain is complete and correctly ordered on the backend server.',
    { kind: 'certificate-untrusted', about: 'intermediate' },
  ],
  [
    'The Intermediate certificate not signed by any Root certificates uploaded to the application gateway. Ensure the certificate chain is complete and correctly ordered on the backend server.',
    { kind: 'certificate-untrusted', about: 'no-root-matches' },
  ],
  [
    'The root certificate of the server certificate used by the backend does not match the trusted root certificate added to the application gateway. Ensure that you add the correct root certificate to whitelist the backend',
    { kind: 'certificate-untrusted', about: 'root-mismatch' },
  ],
  [
    'The validity of the backend certificate could not be verified. To find out the reason, check OpenSSL diagnostics for the message associated with error code 20',
    { kind: 'certificate-unverified', opensslCode: 20 },
  ],
  [
    'The validity of the backend certificate could not be verified. To find out the reason, check OpenSSL diagnostics for the message associated with error code {21}',
    { kind: 'certificate-unverified', opensslCode: 21 },
  ],
  [
    'Backend server certificate is not whitelisted with Application Gateway.',
    { kind: 'certificate-untrusted', about: 'server' },
  ],
  ['Https probe connection error', { kind: 'tls-failed' }],
  ['TLS handshake with the backend server failed: the handshake timed out.', { kind: 'tls-failed' }],
  [
    'The backend health status could not be retrieved. This happens when an NSG/UDR/Firewall on the application gateway subnet is blocking traffic on ports 65503-65534 in case of v1 SKU, and ports 65200-65535 in case of the v2 SKU or if the FQDN configured in the backend pool could not be resolved to an IP address. To learn more visit - https://aka.ms/UnknownBackendHealth.',
    { kind: 'not-retrievable' },
  ],
  [
    'Unable to retrieve health status data. Check presence of NSG/UDR blocking access to ports 65503-65534 from Internet to Application Gateway.',
    { kind: 'not-retrievable' },
  ],
  ['The certificate was refused for a reason of its own.', { kind: 'certificate-unverified' }],
  ['Ein ganz anderer Text', { kind: 'unclassified' }],
  ['The probe is not happy today.', { kind: 'unclassified' }],
];

describe('the text', () => {
  test.each(WORDINGS)('%s', (text, observation) => {
    expect(observeText(text)).toEqual(observation);
  });

  test.each(WORDINGS)('in another dress: %s', (text, observation) => {
    if (observation.kind === 'body-mismatch') return expect(observeText(text.toUpperCase()).kind).toBe('body-mismatch');
    const dressed = `  ${text.toUpperCase().replaceAll(' ', ' \r\n ').replaceAll("'", '\u2019').replaceAll('BACKEND', 'back-end')}  `;
    expect(observeText(dressed)).toEqual(observation);
  });

  test('is bounded in what it costs', () => {
    const hostile = `does not contain ${' '.repeat(4_000)}received ${'1'.repeat(4_000)}`;
    expect(observeText(hostile).kind).toBe('unclassified');
  });
});

describe('the error name', () => {
  test('decides, and the text adds its details', () => {
    expect(
      observe(
        "Received invalid status code: 502 in the backend server's HTTP response.",
        'HttpStatusCodeMismatchWithStatusCode',
      ),
    ).toEqual(statusMismatch(502));
    expect(observe('The member said 503, received 503.', 'HttpStatusCodeMismatchWithStatusCode')).toEqual(
      statusMismatch(503),
    );
    expect(observe(undefined, 'HttpStatusCodeMismatchWithStatusCode')).toEqual(statusMismatch());
    expect(observe('Success', 'SuccessWithStatusCode')).toEqual({ kind: 'answered' });
    expect(observe('A new wording.', 'ProbeTimeout')).toEqual({ kind: 'timed-out' });
    expect(observe('A new wording.', 'CertificateCommonNameMismatch')).toEqual({ kind: 'certificate-name' });
    expect(observe('A new wording.', 'BACKEND_CERTIFICATE_EXPIRED')).toEqual({ kind: 'certificate-dates' });
  });

  test('that is not known leaves the word to the text', () => {
    expect(observe('Cannot connect to server.', 'SomethingNew')).toEqual({ kind: 'cannot-connect' });
    expect(observe('A new wording.', 'SomethingNew')).toEqual({ kind: 'unclassified' });
    expect(observe(undefined, 'SomethingNew')).toEqual({ kind: 'unclassified' });
  });

  test('does not hide a failure that the text tells of', () => {
    const text =
      "Time taken by the backend to respond to application gateway's health probe is more than the time-out threshold";
    expect(observe(text, 'SuccessWithStatusCode')).toEqual({ kind: 'timed-out' });
  });

  test('without it and without a text nothing was said', () => {
    expect(observe(undefined, undefined)).toEqual({ kind: 'silent' });
  });
});
