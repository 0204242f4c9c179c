/** The service's own words in backend health, for the cases of the rules. */

export const ANSWERED = 'Success. Received 200 status code';

export function invalidStatus(received: number, accepted = '200-399'): string {
  return `Received invalid status code: ${received} in the backend server's HTTP response. As per the health probe configuration, ${accepted} is the acceptable status code. Either modify probe configuration or resolve backend issues.`;
}

/** The wording of newer API versions, which leaves the accepted range out. */
export function invalidStatusOnly(received: number): string {
  return `Received invalid status code: ${received} in the backend server's HTTP response.`;
}

export const STATUS_MISMATCH_NAME = 'HttpStatusCodeMismatchWithStatusCode';

export function bodyWithout(text: string): string {
  return `Body of the backend's HTTP response did not match the probe setting. Received response body doesn't contain ${text}.`;
}

export const TIMED_OUT =
  "Time taken by the backend to respond to application gateway's health probe is more than the time-out threshold in the probe configuration. Either increase the time-out threshold in the probe configuration or resolve the backend issues. Note: for default probe, the http timeout is 30s. To learn more visit - https://aka.ms/ProbeTimeOut.";

export const CANNOT_CONNECT =
  'Cannot connect to backend server. Check whether any NSG/UDR/Firewall is blocking access to the server. Check if application is running on correct port. To learn more visit - https://aka.ms/servernotreachable.';

export const NO_PROBE_FOR_NAME =
  'Application Gateway could not create a probe for this backend. This usually happens when the FQDN of the backend has not been entered correctly.';

export const NOT_RETRIEVABLE =
  'The backend health status could not be retrieved. This happens when an NSG/UDR/Firewall on the application gateway subnet is blocking traffic on ports 65503-65534 in case of v1 SKU, and ports 65200-65535 in case of the v2 SKU or if the FQDN configured in the backend pool could not be resolved to an IP address. To learn more visit - https://aka.ms/UnknownBackendHealth.';

export const CERTIFICATE_NAME =
  'The Common Name of the leaf certificate presented by the backend server does not match the Probe or Backend Setting hostname of the application gateway.';
