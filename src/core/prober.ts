/**
 * What our own prober met inside the virtual network, asking members as the gateway would. One observation is one member
 * through one backend setting.
 */
export interface ProbeResults {
  readonly observations: readonly ProbeObservation[];
}

export interface ProbeObservation {
  readonly member: string;
  readonly pool?: string;
  readonly setting?: string;
  /** The resolution of a name with the virtual network's DNS; absent for an address. */
  readonly resolution?: { readonly addresses: readonly string[]; readonly error?: string };
  readonly ports: readonly PortObservation[];
  readonly tls?: TlsObservation;
  /** The probe's own request and others that differ from it in one thing. */
  readonly requests: readonly RequestObservation[];
}

export interface PortObservation {
  readonly port: number;
  /** `open`: a connection was made. `refused`: answered by a reset, so the host is there. `silent`: no answer in time. */
  readonly state: 'open' | 'refused' | 'silent' | 'unreachable';
  readonly isConfigured: boolean;
}

export interface TlsObservation {
  readonly port: number;
  /** The name that was sent; absent where none was (an IP address). */
  readonly serverName?: string;
  /** Whether the handshake was completed, whatever the certificate. */
  readonly isHandshakeDone: boolean;
  /** OpenSSL's or Node's code: `ECONNRESET`, `ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION`. */
  readonly error?: string;
  readonly version?: string;
  readonly demandsClientCertificate?: boolean;
  /** As served, leaf first. */
  readonly chain: readonly ServedCertificate[];
  /** Whether the chain leads to a root that the backend setting, or the list of well-known authorities, trusts. */
  readonly isTrusted?: boolean;
  readonly trustError?: string;
}

export interface ServedCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** DNS names and addresses of the subject alternative name; the common name where there is none. */
  readonly names: readonly string[];
  readonly validFrom: string;
  readonly validTo: string;
  readonly isCa?: boolean;
}

export interface RequestObservation {
  /**
   * What this request differs in from the probe's own: `probe` is the probe itself. `other-port` was sent to an open port
   * that is not the probed one, and tells no more than what serves there.
   */
  readonly kind: 'probe' | 'other-path' | 'other-host' | 'live-host' | 'other-port';
  /** Only of `other-port`. */
  readonly port?: number;
  readonly path: string;
  readonly host?: string;
  readonly status?: number;
  /** The target of a redirect without its query. */
  readonly location?: string;
  /** Seconds to the first byte of the answer. */
  readonly seconds?: number;
  readonly error?: string;
  /** Whether the probe would accept it. */
  readonly isAccepted?: boolean;
}
