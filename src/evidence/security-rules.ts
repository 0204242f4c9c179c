import type { SecurityRule } from '../core/network.ts';
import { type Fields, flatFieldsOf, numberOf, present, textOf, textsOf } from './json.ts';
import { referredIds } from './listed.ts';

/**
 * The rules of one security group, configured or effective; undefined where any of them cannot be read. A group that is
 * known in part says nothing: the rule that is missing may be the one that decides.
 */
export function readSecurityRules(values: readonly unknown[], group?: string): readonly SecurityRule[] | undefined {
  const rules = values.map((value) => readRule(value, group));
  const known = rules.filter((rule) => rule !== undefined);
  return known.length === rules.length ? known : undefined;
}

function readRule(value: unknown, group?: string): SecurityRule | undefined {
  const fields = flatFieldsOf(value);
  const direction = word(fields, 'direction', ['inbound', 'outbound']);
  const access = word(fields, 'access', ['allow', 'deny']);
  const priority = numberOf(fields.get('priority'));
  const protocol = readProtocol(fields.get('protocol'));
  const sources = ends(fields, 'source');
  const destinations = ends(fields, 'destination');
  const ports = portsOf(fields, 'destinationport');
  if (direction === undefined || access === undefined || priority === undefined || protocol === undefined)
    return undefined;
  if (sources.length === 0 || destinations.length === 0) return undefined;
  // Only TCP and UDP have ports, so only of them is a rule without ports an unreadable one.
  if (ports.length === 0 && ['tcp', 'udp', '*'].includes(protocol)) return undefined;
  const sourcePorts = portsOf(fields, 'sourceport');
  return present<SecurityRule>({
    name: plainName(textOf(fields.get('name')) ?? ''),
    direction,
    access,
    priority,
    protocol,
    sources,
    destinations,
    sourcePorts: sourcePorts.length === 0 || sourcePorts.some(isAnyPort) ? undefined : sourcePorts,
    destinationPorts: ports.length === 0 ? ['*'] : ports,
    group,
  });
}

function word<T extends string>(fields: Fields, name: string, words: readonly T[]): T | undefined {
  const text = textOf(fields.get(name))?.trim().toLowerCase();
  return words.find((known) => known === text);
}

/** Effective rules say `All` for any protocol. */
function readProtocol(value: unknown): string | undefined {
  const text = textOf(value)?.trim().toLowerCase();
  return text === 'all' || text === 'any' ? '*' : text?.slice(0, 20);
}

/** Effective rules carry the kind of rule before its name: `securityRules/web`, `UserRule_web`, `DefaultRule_DenyAllInBound`. */
function plainName(name: string): string {
  return name.replace(/^(securityRules\/|defaultSecurityRules\/|UserRule_|DefaultRule_)/i, '');
}

/**
 * Sources or destinations. Effective rules expand service tags and application security groups into addresses; where
 * they did, the tags are left out, and what was written as an address stays.
 */
function ends(fields: Fields, end: 'source' | 'destination'): readonly string[] {
  const written = merge(fields, `${end}addressprefix`, `${end}addressprefixes`);
  const expanded = merge(fields, `expanded${end}addressprefix`, `expanded${end}addressprefixes`);
  if (expanded.length > 0) return [...new Set([...expanded, ...written.filter(isAddress)])];
  const groups = referredIds(fields.get(`${end}applicationsecuritygroups`)).map((id) => `asg:${id}`);
  return [...written, ...groups];
}

function isAddress(text: string): boolean {
  return text === '*' || /^[\d.]+(\/\d+)?$/.test(text) || /^[\da-f:.]*:[\da-f:.]*(\/\d+)?$/i.test(text);
}

function portsOf(fields: Fields, end: 'sourceport' | 'destinationport'): readonly string[] {
  return merge(fields, `${end}range`, `${end}ranges`);
}

function isAnyPort(range: string): boolean {
  return /^(\*|[01]-65535)$/.test(range);
}

/** One field in the singular and in the plural: the service fills either of them, or both with the same. */
function merge(fields: Fields, ...names: readonly string[]): readonly string[] {
  return [...new Set(names.flatMap((name) => textsOf(fields.get(name))))];
}
