/**
 * Narrow readers for JSON that anybody may have sent. Each one returns a plain value or nothing, and none of them throws,
 * converts an object to text, or follows a prototype.
 */

/** How many characters of a single value are looked at before it counts as illegible. Azure's longest ids stay below it. */
const MAX_TEXT_LENGTH = 2048;

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object's own field. Azure spells one field in several cases (`alertRuleID`, `alertRuleId`), so case does not count. */
export function field(value: unknown, name: string): unknown {
  if (!isRecord(value)) return undefined;
  if (Object.hasOwn(value, name)) return value[name];
  const wanted = name.toLowerCase();
  const key = Object.keys(value).find((key) => key.length === name.length && key.toLowerCase() === wanted);
  return key === undefined ? undefined : value[key];
}

/** A list's first entries. What is no list has none; a single text counts as a list of one. */
export function entriesOf(value: unknown, limit: number): readonly unknown[] {
  // `Array.from` fills the holes of a list, which some methods skip and others trip over.
  if (Array.isArray(value)) return Array.from(value.slice(0, limit));
  return typeof value === 'string' ? [value] : [];
}

/** A text that holds something, without the blanks around it. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > MAX_TEXT_LENGTH) return undefined;
  const text = value.trim();
  return text === '' ? undefined : text;
}

export function textsOf(value: unknown, limit: number): readonly string[] {
  return entriesOf(value, limit)
    .map(textOf)
    .filter((text) => text !== undefined);
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;

/** A finite number, also one that was sent as text. `""`, `"NaN"` and `"Infinity"` are no numbers. */
export function numberOf(value: unknown): number | undefined {
  // Adding zero turns a negative zero, which JSON does not keep, into zero.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : undefined;
  const text = textOf(value);
  if (text === undefined || text.length > 40 || !DECIMAL.test(text)) return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number + 0 : undefined;
}

/** The same object without the fields that hold nothing, so that absent stays absent in storage and in comparisons. */
export function withoutAbsent<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, held]) => held !== undefined)) as T;
}
