import { lastSegment } from '../core/resource-id.ts';
import type { Signal } from '../core/signal.ts';
import { entriesOf, field, isRecord, textOf } from './fields.ts';
import { plainText } from './plain-text.ts';

export const MAX_DIMENSIONS = 20;
const MAX_TARGETS = 20;
const MAX_NAME_LENGTH = 64;
const MAX_VALUE_LENGTH = 200;

/**
 * Dimensions that tell who a client is or what exactly it asked: a rule over the access log may split by them, but they
 * have no place in a stored signal or in a message.
 */
const ABOUT_PEOPLE =
  /client_?(?:ip|addr)|caller|remote_?addr|forwarded|user|cookie|query|token|secret|password|authorization|e-?mail|^_?(?:source|src|remote)?_?ip(?:v[46])?(?:_?addr(?:ess)?)?(?:_s)?$/i;

const POOL_AND_SETTING = new Set(['backendsettingspool']);
const POOL = new Set(['backendpool', 'backendpoolname', 'backendpoolname_s']);
const SETTING = new Set(['backendhttpsetting', 'backendsettingname', 'backendsettingname_s']);

export interface Dimension {
  readonly name: string;
  /** As it was sent. */
  readonly value: string;
}

/** The dimensions of one condition, as they were sent: a list of names and values, or an object. */
export function readDimensions(value: unknown): readonly Dimension[] {
  const pairs = Array.isArray(value)
    ? entriesOf(value, MAX_DIMENSIONS).map((entry) => [field(entry, 'name'), field(entry, 'value')])
    : isRecord(value)
      ? Object.entries(value).slice(0, MAX_DIMENSIONS)
      : [];
  const dimensions: Dimension[] = [];
  for (const [rawName, rawValue] of pairs) {
    const name = textOf(rawName);
    const isScalar = typeof rawValue === 'boolean' || (typeof rawValue === 'number' && Number.isFinite(rawValue));
    const text = isScalar ? String(rawValue) : textOf(rawValue);
    if (name !== undefined && text !== undefined) dimensions.push({ name, value: text });
  }
  return dimensions;
}

/**
 * The dimensions as a signal keeps them: printable, bounded, without those that say nothing (`*` is every value) and
 * those about people. Pools and settings that came as whole resource ids become names, `pool~setting` where both are in
 * one value.
 */
export function keptDimensions(dimensions: readonly Dimension[]): Readonly<Record<string, string>> {
  const kept: [string, string][] = [];
  for (const dimension of dimensions) {
    const name = plainText(dimension.name, MAX_NAME_LENGTH);
    const value = plainText(shortValue(dimension), MAX_VALUE_LENGTH);
    // `__proto__` is an own key here, but not in every copy that others may make.
    if (name === '' || name === '__proto__' || value === '' || value === '*' || ABOUT_PEOPLE.test(name)) continue;
    kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}

function shortValue({ name, value }: Dimension): string {
  const key = name.toLowerCase();
  if (POOL_AND_SETTING.has(key)) return value.split('~').map(lastSegment).join('~');
  if (POOL.has(key) || SETTING.has(key)) return lastSegment(value);
  // What follows a question mark in a URL or a path is the client's.
  return value.split('?', 1)[0] ?? '';
}

/** The pools and settings that dimensions name, each once. */
export function targetsNamed(conditions: readonly Readonly<Record<string, string>>[]): Signal['targets'] {
  const targets = new Map<string, { readonly pool: string; readonly setting?: string }>();
  for (const dimensions of conditions) {
    const target = targetOf(Object.entries(dimensions));
    if (!target || targets.size >= MAX_TARGETS) continue;
    const key = `${target.pool}~${target.setting ?? ''}`.toLowerCase();
    if (!targets.has(key)) targets.set(key, target);
  }
  return [...targets.values()];
}

function targetOf(
  dimensions: readonly (readonly [string, string])[],
): { readonly pool: string; readonly setting?: string } | undefined {
  const valueIn = (names: ReadonlySet<string>) => dimensions.find(([name]) => names.has(name.toLowerCase()))?.[1];
  const both = valueIn(POOL_AND_SETTING);
  if (both !== undefined) return splitTarget(both);
  const pool = valueIn(POOL);
  if (pool === undefined) return undefined;
  const setting = valueIn(SETTING);
  return setting === undefined ? { pool } : { pool, setting };
}

/** Neither a pool's nor a setting's name may hold a `~`, so a value with more or less than one of them is not taken apart. */
function splitTarget(value: string): { readonly pool: string; readonly setting?: string } | undefined {
  const [pool = '', setting = '', ...rest] = value.split('~');
  if (rest.length > 0) return { pool: value };
  if (pool === '') return undefined;
  return setting === '' ? { pool } : { pool, setting };
}

/** Whether a dimension only repeats which resource the alert is about. */
export function namesResource(name: string): boolean {
  return /^_?resource_?id(?:_s)?$|^microsoft\.resource(?:id|type)$/i.test(name);
}
