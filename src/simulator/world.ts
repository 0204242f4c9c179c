import type { Actor, NetworkPlan } from './network-plan.ts';
import type { SetUpPlan } from './set-up.ts';

/**
 * A small world over time, as plain data. Every endpoint of the simulator answers from it: backend health is what a
 * probe would meet in this world, metrics and logs are what its clients would cause. Nothing is answered twice over.
 *
 * Time is counted in whole minutes from the moment the simulator started: minute 0 is that minute, -12 began twelve
 * minutes before it. The world goes on after the start: what holds without an end keeps holding.
 */
export interface World {
  /** The start of minute 0, ISO 8601 in UTC. */
  readonly startedAt: string;
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly gateway: GatewayPlan;
  readonly hosts: readonly Host[];
  /** What the virtual network's DNS answers. A name that is not here, or not at that time, does not resolve. */
  readonly names: readonly DnsName[];
  /** The certificates of the private roots, in Base64; made when the simulator starts. */
  readonly rootData?: Readonly<Record<string, string>>;
  /** Connections from the gateway's subnet that something on the way drops. */
  readonly blocked: readonly BlockedPath[];
  /** Subnets, security groups, routes and what was changed; made up from the hosts as far as it is absent. */
  readonly network?: NetworkPlan;
  /** What clients ask for. */
  readonly demand: readonly Demand[];
  /** Resource Health over time, oldest first; `Available` where nothing is said. */
  readonly availability: readonly Availability[];
  readonly logs: LogWorkspace;
  readonly alert: AlertPlan;
  /** What is set up around the gateway; the usual, where absent. */
  readonly setUp?: SetUpPlan;
  /** The same world before somebody mended it: what was until this minute is told of that one. */
  readonly former?: { readonly untilMinute: number; readonly world: World };
}

/** Holds from the start of one minute until the start of another; an absent bound is no bound. */
export interface Period {
  readonly fromMinute?: number;
  readonly untilMinute?: number;
}

export interface GatewayPlan {
  readonly name: string;
  readonly tier: 'Standard_v2' | 'WAF_v2';
  readonly minCapacity: number;
  readonly maxCapacity: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Holds while the gateway is stopped. */
  readonly stopped?: Period;
  /** A ReadOnly lock on the gateway. It forbids what is sent by POST as well, such as the question for backend health. */
  readonly locked?: Period;
  /** Holds while the management path is broken: nothing is told of any member, and traffic goes on. */
  readonly healthLost?: Period;
  readonly subnetPrefix: string;
  readonly pools: readonly PoolPlan[];
  readonly settings: readonly SettingPlan[];
  readonly probes: readonly ProbePlan[];
  readonly listeners: readonly ListenerPlan[];
  readonly rules: readonly RulePlan[];
  readonly trustedRoots: readonly string[];
  readonly waf?: { readonly policy: string; readonly mode: 'Prevention' | 'Detection' };
}

export interface PoolPlan {
  readonly name: string;
  /** IP addresses and FQDNs. A pool that was changed holds the old members until, and the new ones from, a minute. */
  readonly members: readonly (Period & { readonly address: string })[];
  /** Who changes the members; a person where absent. */
  readonly changedBy?: Actor;
}

export interface SettingPlan {
  readonly name: string;
  readonly protocol: 'Http' | 'Https';
  readonly port: number;
  readonly requestTimeoutSeconds: number;
  readonly probe?: string;
  readonly hostName?: string;
  readonly pickHostNameFromBackendAddress?: boolean;
  readonly trustedRoots?: readonly string[];
}

export interface ProbePlan {
  readonly name: string;
  readonly protocol: 'Http' | 'Https';
  readonly host?: string;
  readonly path: string;
  readonly port?: number;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly unhealthyThreshold: number;
  readonly pickHostNameFromBackendSetting?: boolean;
  readonly acceptedStatusCodes?: readonly string[];
  readonly matchBody?: string;
}

export interface ListenerPlan {
  readonly name: string;
  readonly protocol: 'Http' | 'Https';
  readonly port: number;
  readonly hostNames: readonly string[];
}

export interface RulePlan {
  readonly name: string;
  readonly priority: number;
  readonly listener: string;
  readonly target: Target | { readonly redirectTo: string };
  /** Path rules; `target` is then the default. */
  readonly paths?: readonly { readonly name: string; readonly paths: readonly string[]; readonly target: Target }[];
}

export interface Target {
  readonly pool: string;
  readonly setting: string;
}

/** A machine (or an instance of a scale set) with an address of its own. */
export interface Host extends Period {
  readonly address: string;
  readonly serves: readonly Service[];
  /** The machine's name; made up from its subnet and address where absent. */
  readonly machine?: string;
  /** The scale set that the machine is an instance of. Resource Graph does not list the interfaces of those. */
  readonly scaleSet?: string;
  /** What became of the machine at the end of its period: it is off and keeps its address, or it is gone, as by default. */
  readonly afterwards?: 'deallocated' | 'deleted';
  /** Who made it or put an end to it; a person where absent. */
  readonly changedBy?: Actor;
  readonly restarts?: readonly Restart[];
  /** What the firewall of its own operating system drops, wherever it comes from. */
  readonly drops?: readonly DroppedPort[];
  /** Not a machine but an endpoint of the platform, such as a web app's: it has no interface in any network. */
  readonly isPlatform?: boolean;
  /** A pod, or the frontend of a cluster's load balancer: it has no interface, no machine and no log of its own. */
  readonly isInCluster?: boolean;
}

export interface DroppedPort extends Period {
  /** Every port where absent. */
  readonly port?: number;
}

/**
 * A restart breaks the connections of the minute in which it begins, and nothing of the machine answers in the minutes
 * after that, as many as it takes.
 */
export interface Restart {
  readonly atMinute: number;
  readonly tookMinutes: number;
  /** Who restarted it. Absent for a crash, of which nothing is logged. */
  readonly by?: Actor;
}

/** Something that listens on a port of a host. */
export interface Service extends Period {
  readonly port: number;
  readonly protocol: 'Http' | 'Https';
  readonly certificate?: Certificate;
  readonly handshake?: HandshakePlan;
  /** The first one that fits answers; a request that none fits is answered 404. */
  readonly answers: readonly ServiceAnswer[];
  /** When it ends connections that it is being asked over. */
  readonly closes?: readonly Closing[];
}

/** How a service ends connections instead of answering. */
export interface Closing extends Period {
  /** Of the requests that fit, from 0 to 1. */
  readonly share: number;
  /** Only requests with a body of at least so many bytes. */
  readonly fromBytes?: number;
  /** Only what the service is asked beyond so many requests a minute. */
  readonly beyondPerMinute?: number;
  /** How long after the request began. */
  readonly tookMs: number;
}

export interface Certificate {
  /** Subject alternative names; the first is the common name. */
  readonly names: readonly string[];
  /** Days from the start of the world. */
  readonly validFromDay: number;
  readonly validUntilDay: number;
  /**
   * `public` for a well-known authority, else the name of the private root. Every authority signs by an intermediate.
   */
  readonly signedBy: string;
  /** What is sent of the chain: the certificate and its intermediate where absent. */
  readonly sends?: 'leaf' | 'with-root';
}

/** What a service wants of a TLS handshake before it shows a certificate. */
export interface HandshakePlan {
  /** The server names that it knows. Asked for another, or for none, it breaks off. */
  readonly serverNames?: readonly string[];
  /** The versions that it takes; 1.2 and 1.3 where absent. */
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** The cipher suites of TLS 1.2 that it takes, by their OpenSSL names; the usual ones where absent. */
  readonly ciphers?: readonly string[];
  readonly demandsClientCertificate?: boolean;
}

export type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

export interface ServiceAnswer extends Period {
  /** An exact path, or a prefix with a `*` at its end; every path where absent. */
  readonly path?: string;
  /** The Host header that it answers to; every one where absent. */
  readonly host?: string;
  readonly status: number;
  readonly tookMs: number;
  /** Whether it takes that long every time, as where somebody's patience ends; else about so long. */
  readonly isTimeout?: boolean;
  readonly sentBytes?: number;
  readonly body?: string;
  /** Where a redirect leads to. */
  readonly location?: string;
}

export interface DnsName extends Period {
  readonly name: string;
  readonly addresses: readonly string[];
}

export interface BlockedPath extends Period {
  readonly address: string;
  /** Every port where absent. */
  readonly port?: number;
}

export interface Demand extends Period {
  readonly listener: string;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly requestsPerMinute: number;
  readonly receivedBytes: number;
  /** Some of the requests are larger: the share of them, from 0 to 1, and their size. */
  readonly large?: { readonly share: number; readonly bytes: number };
  /** Some clients do not wait for ever. */
  readonly patience?: Patience;
  /** The managed rule that these requests trip. */
  readonly wafRule?: { readonly id: string; readonly group: string; readonly message: string };
}

/** This share of the clients, from 0 to 1, leaves after a time that is spread evenly between these two. */
export interface Patience {
  readonly share: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Availability {
  readonly fromMinute: number;
  readonly state: 'Available' | 'Unavailable' | 'Degraded' | 'Unknown';
  readonly reasonType?: 'Unplanned' | 'Planned' | 'UserInitiated';
  readonly title: string;
  readonly summary: string;
  readonly detailedStatus?: string;
  /** The share of requests that the gateway loses meanwhile, from 0 to 1. */
  readonly losesShare?: number;
}

export interface LogWorkspace {
  readonly workspaceId: string;
  /** Which of the two shapes the diagnostic setting writes; `none` where nobody made one. */
  readonly tables: 'resource-specific' | 'azure-diagnostics' | 'none';
}

/** The alert rule of this world. The values that it reports are read off the world's own metrics. */
export type AlertPlan =
  | {
      readonly kind: 'metric';
      readonly rule: string;
      readonly severity: 'Sev0' | 'Sev1' | 'Sev2' | 'Sev3' | 'Sev4';
      readonly metric: string;
      readonly operator: 'LessThan' | 'GreaterThan' | 'GreaterThanOrEqual' | 'LessThanOrEqual';
      readonly threshold: number;
      readonly aggregation: 'Minimum' | 'Maximum' | 'Average' | 'Total';
      readonly dimensions: readonly { readonly name: string; readonly value: string }[];
      readonly windowMinutes: number;
    }
  | { readonly kind: 'resource-health'; readonly rule: string; readonly severity: 'Sev0' | 'Sev1' };

export const MINUTE_MS = 60_000;

export function holds(period: Period | undefined, minute: number): boolean {
  if (period === undefined) return false;
  return minute >= (period.fromMinute ?? -Infinity) && minute < (period.untilMinute ?? Infinity);
}

/** Whether a host is down for a restart. In the minute in which the restart begins it still takes connections. */
export function isRestarting({ restarts = [] }: Host, minute: number): boolean {
  return restarts.some(({ atMinute, tookMinutes }) => minute > atMinute && minute <= atMinute + tookMinutes);
}

/** The world as it was at a minute: itself, or the one that it was before it was mended. */
export function worldAt(world: World, minute: number): World {
  return world.former && minute < world.former.untilMinute ? worldAt(world.former.world, minute) : world;
}

/** The world before anybody mended it. */
export function unmended(world: World): World {
  return world.former ? unmended(world.former.world) : world;
}

/** The minute that a moment lies in. */
export function minuteOf(world: World, moment: Date): number {
  return Math.floor((moment.getTime() - Date.parse(world.startedAt)) / MINUTE_MS);
}

/** The start of a minute, which may be a fraction. */
export function timeOf(world: World, minute: number): Date {
  return new Date(Date.parse(world.startedAt) + minute * MINUTE_MS);
}

/** `2026-11-23T07:12:00Z`: how Azure Monitor writes whole seconds. */
export function isoSeconds(moment: Date): string {
  return moment.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

export function gatewayId({ subscription, resourceGroup, gateway }: World): string {
  return `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers/Microsoft.Network/applicationGateways/${gateway.name}`;
}

/** The addresses that a pool holds at a minute. */
export function membersOf(world: World, pool: string, minute: number): readonly string[] {
  const plan = world.gateway.pools.find(({ name }) => name === pool);
  return (plan?.members ?? []).filter((member) => holds(member, minute)).map(({ address }) => address);
}

/** The pools and settings that rules use, each pair once: what the gateway probes. */
export function targetsInUse({ gateway }: World): readonly Target[] {
  const targets = gateway.rules.flatMap((rule) => [
    ...('pool' in rule.target ? [rule.target] : []),
    ...(rule.paths ?? []).map(({ target }) => target),
  ]);
  return [...new Map(targets.map((target) => [`${target.pool}~${target.setting}`, target])).values()];
}

export function settingOf({ gateway }: World, name: string): SettingPlan {
  const setting = gateway.settings.find((candidate) => candidate.name === name);
  if (!setting) throw new Error('The scenario routes to a backend setting that it does not define.');
  return setting;
}

export function isStopped({ gateway }: World, minute: number): boolean {
  return holds(gateway.stopped, minute);
}

/** A number in [0, 1) that looks random and is the same every time (FNV-1a over the text, then mixed). */
export function scatter(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** Hexadecimal digits that look random and are the same every time. */
export function scatterHex(text: string, digits: number): string {
  let hex = '';
  for (let part = 0; hex.length < digits; part++) {
    hex += Math.floor(scatter(`${text}#${part}`) * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
  return hex.slice(0, digits);
}

/** A GUID that is the same every time. */
export function scatterGuid(text: string): string {
  const hex = scatterHex(text, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
