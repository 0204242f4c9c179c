/**
 * A time as Azure writes it, in milliseconds since 1970; undefined where it is none. Fractions have up to seven digits,
 * the offset can be `Z`, `+00:00` or missing (then it is UTC), and Kusto prints a space for the `T`. Dates in a
 * country's own order are not read: `03/04` is a guess.
 */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(\.\d{1,9})?\s*(Z|[+-]\d\d:?\d\d)?$/i.exec(value.trim());
  const [, date, clock, fraction = '', offset = 'Z'] = match ?? [];
  if (date === undefined || clock === undefined) return undefined;
  const zone = offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase();
  const seconds = clock.length === 5 ? `${clock}:00` : clock;
  const time = Date.parse(`${date}T${seconds}${fraction.slice(0, 4)}${zone}`);
  return Number.isNaN(time) ? undefined : time;
}

/** ISO 8601 in UTC with milliseconds. */
export function isoOf(time: number): string {
  return new Date(time).toISOString();
}
