import { type AddressRange, contains, isCovered, overlaps, parseRange, prefixLength } from './address-range.ts';
import type { NetworkRoute, SecurityRule } from './network.ts';

/**
 * What security rules and routes do to a packet, by the service's documented rules of precedence:
 *
 * - Security rules of one group and direction are tried by priority, the lowest number first, and the first that matches
 *   decides. The service's own rules stand at 65000 (allow within the virtual network), 65001 (allow the load balancer
 *   inbound, the Internet outbound) and 65500 (deny all), so every other rule (100 to 4096) comes before them.
 * - Where a subnet and an interface both have a group, a packet has to pass both.
 * - Of the routes that hold an address the longest prefix wins; among equal prefixes a user-defined route comes before one
 *   learned by BGP, and that before a system route. Only active routes count.
 *
 * The truth here has three values, because a service tag, an application security group or a range that nobody read
 * cannot be compared: `true`, `false`, and undefined for "cannot tell". What cannot be told is never taken for either.
 */
export type Told = boolean | undefined;

/** One end of a packet, as far as it is known. */
export interface Place {
  /** Addresses, prefixes or spans, one of which holds the end. `0.0.0.0/0` says "some IPv4 address". */
  readonly within: readonly string[];
  /** Service tags that are known to hold the end, or known not to, by their lower-case names. */
  readonly tags?: Readonly<Record<string, boolean>>;
  /** All application security groups that the end belongs to, by id; absent where that is not known. */
  readonly applicationGroups?: readonly string[];
}

export interface Packet {
  readonly direction: 'inbound' | 'outbound';
  /** Lower case: `tcp`, `udp`, `icmp`. */
  readonly protocol: string;
  readonly source: Place;
  readonly destination: Place;
  /** Absent where it is not known: then only a rule for all ports can be told. */
  readonly destinationPort?: number;
}

export type RuleOutcome =
  | { readonly outcome: 'decided'; readonly access: SecurityRule['access']; readonly rule: SecurityRule }
  /** `rule` is the first one that could not be told and matters; absent where no rule matches at all. */
  | { readonly outcome: 'undecidable'; readonly rule?: SecurityRule };

/**
 * The rule that decides about a packet. A rule that cannot be told leaves the outcome open only where it would change
 * what happens: in front of a deny, another possible deny makes no difference.
 */
export function winningRule(rules: readonly SecurityRule[], packet: Packet): RuleOutcome {
  const candidates = rules
    .map((rule) => ({ rule, told: matches(rule, packet) }))
    .filter(({ told }) => told !== false)
    .sort((left, right) => left.rule.priority - right.rule.priority);
  const certain = candidates.find(({ told }) => told === true)?.rule;
  if (!certain) return { outcome: 'undecidable', ...(candidates[0] ? { rule: candidates[0].rule } : {}) };
  // Rules of equal priority exist in broken readings only; where they disagree nothing is decided.
  const contender = candidates.find(
    ({ rule }) => rule.priority <= certain.priority && rule.access !== certain.access,
  )?.rule;
  if (contender) return { outcome: 'undecidable', rule: contender };
  return { outcome: 'decided', access: certain.access, rule: certain };
}

export interface RuleGroup {
  readonly id?: string;
  readonly name?: string;
  readonly rules: readonly SecurityRule[];
}

export type Passage =
  | { readonly outcome: 'blocked'; readonly group: RuleGroup; readonly rule: SecurityRule }
  /** `rules` are those that let it through, one a group. */
  | { readonly outcome: 'passes'; readonly rules: readonly SecurityRule[] }
  | { readonly outcome: 'undecidable'; readonly group: RuleGroup; readonly rule?: SecurityRule };

/** Sends a packet through groups in turn: one deny is enough, and no group at all lets everything through. */
export function passThrough(groups: readonly RuleGroup[], packet: Packet): Passage {
  const outcomes = groups.map((group) => ({ group, winner: winningRule(group.rules, packet) }));
  for (const { group, winner } of outcomes) {
    if (winner.outcome === 'decided' && winner.access === 'deny')
      return { outcome: 'blocked', group, rule: winner.rule };
  }
  for (const { group, winner } of outcomes) {
    if (winner.outcome === 'undecidable') return { ...winner, group };
  }
  return {
    outcome: 'passes',
    rules: outcomes.flatMap(({ winner }) => (winner.outcome === 'decided' ? [winner.rule] : [])),
  };
}

/** Whether a rule applies to a packet. */
export function matches(rule: SecurityRule, packet: Packet): Told {
  return both([
    rule.direction === packet.direction,
    rule.protocol === '*' || rule.protocol === packet.protocol,
    rule.sourcePorts === undefined || includesSpan(rule.sourcePorts, CLIENT_PORTS),
    includesPort(rule.destinationPorts, packet.destinationPort),
    holds(rule.sources, packet.source),
    holds(rule.destinations, packet.destination),
  ]);
}

interface PortSpan {
  readonly from: number;
  readonly to: number;
}

/** A new connection comes from some port that is not reserved for services, and nobody knows which. */
const CLIENT_PORTS: PortSpan = { from: 1024, to: 65535 };

/** Whether a list of ports and spans (`80`, `8000-8100`, `*`) holds a port. An empty or illegible list cannot be told. */
export function includesPort(ports: readonly string[], port: number | undefined): Told {
  return includesSpan(ports, port === undefined ? { from: 0, to: MAX_PORT } : { from: port, to: port });
}

/** Whether a list holds some port of which only the span is known. */
function includesSpan(ports: readonly string[], span: PortSpan): Told {
  return either(
    ports.map((text) => {
      const entry = parsePorts(text);
      // Rules of the service begin at 0 or at 1; no connection uses port 0.
      if (!entry) return undefined;
      if (entry.from <= Math.max(span.from, 1) && span.to <= entry.to) return true;
      return entry.from > span.to || entry.to < span.from ? false : undefined;
    }),
  );
}

const MAX_PORT = 65535;

function parsePorts(text: string): PortSpan | undefined {
  if (text.trim() === '*') return { from: 0, to: MAX_PORT };
  const match = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(text.trim());
  if (!match) return undefined;
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  return from <= to && to <= MAX_PORT ? { from, to } : undefined;
}

/** The ports of a span at which any of the rules can change its mind: judging these judges them all. */
export function tellingPorts(rules: readonly SecurityRule[], from: number, to: number): readonly number[] {
  const edges = rules.flatMap((rule) =>
    rule.destinationPorts.flatMap((text) => {
      const span = parsePorts(text);
      return span ? [span.from, span.to + 1] : [];
    }),
  );
  return [...new Set([from, ...edges.filter((edge) => edge > from && edge <= to)])].sort((a, b) => a - b);
}

/** Every public IPv4 address: what is left without private, shared, loopback, link-local, multicast and reserved ranges. */
export const PUBLIC_IPV4 = [
  '1.0.0.0-9.255.255.255',
  '11.0.0.0-100.63.255.255',
  '100.128.0.0-126.255.255.255',
  '128.0.0.0-169.253.255.255',
  '169.255.0.0-172.15.255.255',
  '172.32.0.0-192.167.255.255',
  '192.169.0.0-223.255.255.255',
] as const;

/** The virtual address of the host, from which the platform's load balancer probes: all that `AzureLoadBalancer` holds. */
export const LOAD_BALANCER_ADDRESS = '168.63.129.16';

/**
 * Tags that stand for public addresses of the platform's own services, so that neither a private address nor a machine
 * in a virtual network is among them. Regional spellings (`Storage.WestEurope`) count as their service.
 */
const PUBLIC_TAG =
  /^(internet|gatewaymanager|azurecloud|azurefrontdoor|azuretrafficmanager|azureactivedirectory|azuremonitor|azuredevops|azurekeyvault|azurecontainerregistry|apimanagement|appservice|appservicemanagement|storage|sql|eventhub|servicebus)(\.|$)/;

/** Whether a list of addresses, prefixes, tags and application security groups holds an end of a packet. */
export function holds(list: readonly string[], place: Place): Told {
  const places = place.within.map(parseRange);
  const ranges = list.map(parseRange).filter((range) => range !== undefined);
  const byRange = tellRanges(ranges, places);
  if (list.length === 0) return undefined;
  const names = list.filter((text) => parseRange(text) === undefined);
  return either([...(ranges.length > 0 ? [byRange] : []), ...names.map((name) => tellName(name, place, places))]);
}

function tellRanges(ranges: readonly AddressRange[], places: readonly (AddressRange | undefined)[]): Told {
  if (places.length === 0 || places.includes(undefined)) return undefined;
  const known = places.filter((range) => range !== undefined);
  if (known.every((range) => isCovered(range, ranges))) return true;
  return known.some((range) => ranges.some((other) => overlaps(range, other))) ? undefined : false;
}

function tellName(name: string, place: Place, places: readonly (AddressRange | undefined)[]): Told {
  const tag = name.trim().toLowerCase();
  if (tag === '*' || tag === 'any') return true;
  if (tag.startsWith('asg:')) {
    return place.applicationGroups?.some((group) => `asg:${group}`.toLowerCase() === tag);
  }
  const known = Object.hasOwn(place.tags ?? {}, tag) ? place.tags?.[tag] : undefined;
  if (known !== undefined) return known;
  if (tag === 'azureloadbalancer') return tellRanges(rangesOf([LOAD_BALANCER_ADDRESS]), places);
  if (!PUBLIC_TAG.test(tag)) return undefined;
  const isOutside = tellPublic(places);
  const isInNetwork = place.tags?.virtualnetwork;
  if (isInNetwork === true || isOutside === false) return false;
  return tag === 'internet' && isOutside === true && isInNetwork === false ? true : undefined;
}

function rangesOf(texts: readonly string[]): readonly AddressRange[] {
  return texts.map(parseRange).filter((range) => range !== undefined);
}

/** Unique local, link-local and loopback addresses. What else of IPv6 is public is not told here. */
const PRIVATE_IPV6 = ['fc00::/7', 'fe80::/10', '::1'] as const;

function tellPublic(places: readonly (AddressRange | undefined)[]): Told {
  const told = places.map((place) => {
    if (place?.family === 6) return tellRanges(rangesOf(PRIVATE_IPV6), [place]) === true ? false : undefined;
    return tellRanges(rangesOf(PUBLIC_IPV4), [place]);
  });
  const [first] = told;
  return told.every((one) => one === first) ? first : undefined;
}

/** Whether an address, or a whole prefix, is public; undefined where it is neither wholly public nor wholly not. */
export function isPublic(address: string): Told {
  return tellPublic([parseRange(address)]);
}

/** Whether a prefix holds the whole of an address or a narrower prefix; undefined where either is neither. */
export function isInside(inner: string, outer: string): Told {
  const [small, large] = [parseRange(inner), parseRange(outer)];
  return small && large ? contains(large, small) : undefined;
}

export type RouteOutcome =
  | { readonly outcome: 'decided'; readonly route: NetworkRoute; readonly prefix: string }
  /** `route` takes a part of the destination, or its prefix is a service tag that cannot be compared. */
  | { readonly outcome: 'undecidable'; readonly route: NetworkRoute }
  | { readonly outcome: 'none' };

/** The route that an address, or every address of a prefix, takes. */
export function routeFor(routes: readonly NetworkRoute[], to: string): RouteOutcome {
  const destination = parseRange(to);
  const active = routes.filter((route) => route.isActive);
  const [first] = active;
  if (!destination) return first ? { outcome: 'undecidable', route: first } : { outcome: 'none' };
  const legs = active.flatMap((route) =>
    route.prefixes.map((prefix) => ({ route, prefix, range: parseRange(prefix) })),
  );
  const holding = legs
    .flatMap(({ range, ...leg }) => {
      const length = range && contains(range, destination) ? prefixLength(range) : undefined;
      return length === undefined ? [] : [{ ...leg, length }];
    })
    .sort((left, right) => right.length - left.length || rankOf(left.route) - rankOf(right.route));
  // Inside the destination, another route takes over for a part of it.
  const partial = legs.find(({ range }) => range && overlaps(range, destination) && !contains(range, destination));
  if (partial) return { outcome: 'undecidable', route: partial.route };
  const [best] = holding;
  // A service tag as prefix stands for public addresses of that service.
  const tagged = isPublic(to) === false ? undefined : legs.find(({ range }) => range === undefined);
  if (tagged) return { outcome: 'undecidable', route: tagged.route };
  if (!best) return { outcome: 'none' };
  const rival = holding.find(
    ({ route, length }) =>
      length === best.length &&
      rankOf(route) === rankOf(best.route) &&
      route.nextHopType.toLowerCase() !== best.route.nextHopType.toLowerCase(),
  );
  return rival
    ? { outcome: 'undecidable', route: rival.route }
    : { outcome: 'decided', route: best.route, prefix: best.prefix };
}

/** User-defined routes first. A route without a source comes from a route table, which holds no other kind. */
function rankOf({ source }: NetworkRoute): number {
  if (source === undefined || /^user$/i.test(source)) return 0;
  return /^virtualnetworkgateway$/i.test(source) ? 1 : 2;
}

function both(parts: readonly Told[]): Told {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

function either(parts: readonly Told[]): Told {
  if (parts.includes(true)) return true;
  return parts.length === 0 || parts.includes(undefined) ? undefined : false;
}
