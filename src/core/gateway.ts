import { sameName } from './resource-id.ts';

/**
 * The gateway's configuration, in the service's own terms. References between parts are names, not ids.
 * Every field that the resource did not show is absent, and absent never means "default".
 */
export interface Gateway {
  readonly id?: string;
  readonly name?: string;
  readonly location?: string;
  /** `Standard_v2`, `WAF_v2`, `Basic`; `Standard` and `WAF` are v1. */
  readonly tier?: string;
  /** `Running`, `Stopped`, `Starting`, `Stopping`. */
  readonly operationalState?: string;
  /** `Succeeded`, `Updating`, `Failed`, `Deleting`. */
  readonly provisioningState?: string;
  readonly autoscaleMaxCapacity?: number;
  /** The number of instances of a gateway that does not scale by itself. */
  readonly fixedCapacity?: number;
  /** Which sides the gateway can be reached from. One with a private side only is isolated from the Internet. */
  readonly frontends?: { readonly isPublic: boolean; readonly isPrivate: boolean };
  /** Whether whole requests are taken in before they are passed on; the service does so unless told not to. */
  readonly requestBufferingEnabled?: boolean;
  /** Resource tags. Ingress controllers leave theirs here. */
  readonly tags: Readonly<Record<string, string>>;
  readonly subnetIds: readonly string[];
  /** True when a WAF policy or an inline WAF configuration is attached. */
  readonly wafAttached?: boolean;
  readonly pools: readonly BackendPool[];
  readonly settings: readonly BackendSetting[];
  readonly probes: readonly Probe[];
  readonly listeners: readonly Listener[];
  readonly routes: readonly Route[];
  readonly trustedRootNames: readonly string[];
  /** Those of them whose certificate the resource shows; absent where it shows none, as for roots in a Key Vault. */
  readonly trustedRoots?: readonly TrustedRoot[];
}

export interface TrustedRoot {
  readonly name: string;
  /** The certificate in Base64: the bytes of a DER file, or of a PEM file. */
  readonly data: string;
}

export interface BackendPool {
  readonly name: string;
  /** Addresses as configured: IP addresses and FQDNs. */
  readonly addresses: readonly string[];
  /** Ids of the network interfaces that belong to the pool (virtual machines, scale sets). */
  readonly nicIpConfigurationIds: readonly string[];
}

export interface BackendSetting {
  readonly name: string;
  /** `Http`, `Https`; `Tcp`, `Tls` for the layer 4 proxy. */
  readonly protocol?: string;
  readonly port?: number;
  /** The request timeout in seconds. The service's default is 20. */
  readonly requestTimeoutSeconds?: number;
  /** The Host header that replaces the client's. */
  readonly hostName?: string;
  readonly pickHostNameFromBackendAddress?: boolean;
  /** The name of the custom probe; absent where the default probe is in use. */
  readonly probeName?: string;
  /** A prefix that replaces the path of the request. */
  readonly path?: string;
  readonly cookieBasedAffinity?: string;
  readonly trustedRootNames: readonly string[];
  readonly connectionDrainingEnabled?: boolean;
  readonly validateCertChainAndExpiry?: boolean;
  readonly validateSni?: boolean;
  readonly sniName?: string;
  readonly dedicatedBackendConnection?: boolean;
}

export interface Probe {
  readonly name: string;
  readonly protocol?: string;
  readonly host?: string;
  readonly path?: string;
  readonly port?: number;
  readonly intervalSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly unhealthyThreshold?: number;
  readonly minServers?: number;
  readonly pickHostNameFromBackendSetting?: boolean;
  /** Accepted status codes, as written: `200-399`, `200`, `401`. Empty where the default (200-399) holds. */
  readonly acceptedStatusCodes: readonly string[];
  /** The text that the body of the answer has to contain. It is a literal: `*` matches an asterisk. */
  readonly matchBody?: string;
}

export interface Listener {
  readonly name: string;
  readonly protocol?: string;
  readonly hostNames: readonly string[];
}

/** One way through the gateway: from a listener (and a path, where there is a path map) to a pool and a setting. */
export interface Route {
  readonly rule: string;
  readonly listener?: string;
  /** The paths of a path rule; empty for the default or a basic rule. */
  readonly paths: readonly string[];
  readonly pool?: string;
  readonly setting?: string;
  /** A route that redirects reaches no backend. */
  readonly redirects: boolean;
}

export function poolNamed(gateway: Gateway | undefined, name: string): BackendPool | undefined {
  return gateway?.pools.find((pool) => sameName(pool.name, name));
}

export function settingNamed(gateway: Gateway | undefined, name: string): BackendSetting | undefined {
  return gateway?.settings.find((setting) => sameName(setting.name, name));
}

/** The custom probe of a setting; undefined where the setting uses the default probe, or is not known. */
export function probeOf(gateway: Gateway | undefined, setting: BackendSetting | undefined): Probe | undefined {
  const { probeName } = setting ?? {};
  if (!gateway || probeName === undefined) return undefined;
  return gateway.probes.find((probe) => sameName(probe.name, probeName));
}

/** The routes that end in this pool, and in this setting where one is named. */
export function routesTo(gateway: Gateway, pool: string, setting?: string): readonly Route[] {
  return gateway.routes.filter(
    (route) =>
      route.pool !== undefined &&
      sameName(route.pool, pool) &&
      (setting === undefined || (route.setting !== undefined && sameName(route.setting, setting))),
  );
}

/** v1 gateways answer 502 where v2 answers 504, and log milliseconds where v2 logs seconds. Basic is v2. */
export function isV1(gateway: Gateway | undefined): boolean {
  return gateway?.tier === 'Standard' || gateway?.tier === 'WAF';
}

/** A gateway of the second generation without a public side: it asks the DNS of its network only, and needs no Internet. */
export function isPrivateOnly(gateway: Gateway | undefined): boolean {
  return !isV1(gateway) && gateway?.frontends?.isPrivate === true && gateway.frontends.isPublic === false;
}
