import type { Actor, NetworkPlan } from './network-plan.ts';

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
  /** What the virtual network's DNS answers. A name that is not here does not resolve. */
  readonly names: readonly DnsName[];
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
}

/** Something that listens on a port of a host. */
export interface Service extends Period {
  readonly port: number;
  readonly protocol: 'Http' | 'Https';
  readonly certificate?: Certificate;
  /** The first one that fits answers; a request that none fits is answered 404. */
  readonly answers: readonly ServiceAnswer[];
}

export interface Certificate {
  /** Subject alternative names; the first is the common name. */
  readonly names: readonly string[];
  /** Days from the start of the world. */
  readonly validFromDay: number;
  readonly validUntilDay: number;
  /** `public` for a well-known authority, else the name of the private root that signed it. */
  readonly signedBy: string;
}

export interface ServiceAnswer extends Period {
  /** An exact path, or a prefix with a `*` at its end; every path where absent. */
  readonly path?: string;
  readonly status: number;
  readonly tookMs: number;
  readonly sentBytes?: number;
  readonly body?: string;
}

export interface DnsName {
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
  /** The managed rule that these requests trip. */
  readonly wafRule?: { readonly id: string; readonly group: string; readonly message: string };
}

export interface Availability {
  readonly fromMinute: number;
  readonly state: 'Available' | 'Unavailable' | 'Degraded' | 'Unknown';
  readonly reasonType?: 'Unplanned' | 'Planned' | 'UserInitiated';
  readonly title: string;
  readonly summary: string;
  readonly detailedStatus?: string;
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
