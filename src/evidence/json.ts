/**
 * Narrow views of foreign JSON. The service, its command line and PowerShell spell one field in several cases
 * (`backendIPConfigurations`, `backendIpConfigurations`, `BackendIpConfigurations`), and ARM puts into `properties` what
 * the command line shows beside the name, so fields are looked up by their lower case and through `properties`.
 */

/** The fields of one object by lower-cased name; nulls are left out, since null and absent mean the same here. */
export type Fields = ReadonlyMap<string, unknown>;

const NO_FIELDS: Fields = new Map();

/** Longest text kept of any one field. The longest health text known is under 700 characters. */
const MAX_TEXT_LENGTH = 4_000;

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object's own fields; none for anything that is no object. */
export function fieldsOf(value: unknown): Fields {
  if (!isObject(value)) return NO_FIELDS;
  const fields = new Map<string, unknown>();
  for (const [key, item] of Object.entries(value)) {
    if (item === null || item === undefined) continue;
    const name = key.toLowerCase();
    if (!fields.has(name)) fields.set(name, item);
  }
  return fields;
}

/** The object's own fields together with those of its `properties`, as ARM nests and the command line flattens them. */
export function flatFieldsOf(value: unknown): Fields {
  const own = fieldsOf(value);
  const nested = own.get('properties');
  if (!isObject(nested)) return own;
  return new Map([...own, ...fieldsOf(nested)]);
}

/** The first of the named fields that is there. Names are given in lower case. */
export function first(fields: Fields, ...names: readonly string[]): unknown {
  for (const name of names) {
    const value = fields.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A list; a lone object counts as a list of one, because PowerShell unwraps those. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) ? [value] : [];
}

/** A string that is not blank, bounded in length. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  return value.length > MAX_TEXT_LENGTH ? value.slice(0, MAX_TEXT_LENGTH) : value;
}

/** The texts of a list, trimmed; one text alone counts as a list of one. */
export function textsOf(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => textOf(item)?.trim() ?? []);
}

/** A finite number, also when it was written as a string; `NaN` and `Infinity` come as strings and are no numbers. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || !/^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** An object without the keys whose value is undefined: an absent field has no key. */
export function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}
