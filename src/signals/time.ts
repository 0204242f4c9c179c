const ISO =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s?(?:Z|([+-])(\d{2}):?(\d{2}))?$/i;
/** Month first, as the older log alerts write it: `3/22/2019 1:36:31 PM`. */
const MONTH_FIRST = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2}):(\d{2})(?: ?(AM|PM))?$/i;

/** .NET writes the year 1 where it has no time. Azure Monitor is younger than this year, so earlier ones are no times. */
const FIRST_YEAR = 2000;

/**
 * Reads a time as Azure writes it, into ISO 8601 in UTC with milliseconds; further digits of a second are cut off.
 * A time without a zone is UTC. Nothing where it is not legible, or no such day exists.
 */
export function readTime(text: string | undefined): string | undefined {
  if (text === undefined || text.length > 64) return undefined;
  return readIso(text) ?? readMonthFirst(text);
}

function readIso(text: string): string | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '', sign, offsetHour = '0', offsetMinute = '0'] =
    match;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const offsetMinutes = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -1 : 1);
  if (Math.abs(offsetMinutes) > 14 * 60) return undefined;
  const fields = [year, month, day, hour, minute, second].map(Number);
  return utc(fields, milliseconds, offsetMinutes);
}

function readMonthFirst(text: string): string | undefined {
  const match = MONTH_FIRST.exec(text);
  if (!match) return undefined;
  const [, month, day, year, hour, minute, second, half] = match;
  const hours = half === undefined ? Number(hour) : hoursOfHalfDay(Number(hour), half);
  if (hours === undefined) return undefined;
  return utc([Number(year), Number(month), Number(day), hours, Number(minute), Number(second)], 0, 0);
}

function hoursOfHalfDay(hour: number, half: string): number | undefined {
  if (hour < 1 || hour > 12) return undefined;
  return (hour % 12) + (half.toUpperCase() === 'PM' ? 12 : 0);
}

function utc(fields: readonly number[], milliseconds: number, offsetMinutes: number): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields;
  if (year < FIRST_YEAR || hour > 23 || minute > 59 || second > 59) return undefined;
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second, milliseconds));
  // The calendar rolls the 31st of April over into May; a time that rolled is no time.
  if (local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return undefined;
  const instant = new Date(local.getTime() - offsetMinutes * 60_000);
  // The year 10000 has no four-digit spelling; an offset on the last evening of 9999 would reach it.
  return instant.getUTCFullYear() > 9999 ? undefined : instant.toISOString();
}
