/** A six-field NCRONTAB schedule: second, minute, hour, day, month, day of the week; in UTC. */
export interface Ncrontab {
  readonly expression: string;
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly weekdays: readonly number[];
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names that stand for numbers, the first for `min`; their first three letters do, too. */
  readonly names?: readonly string[];
}

const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const FIELDS: readonly Field[] = [
  { name: 'second', min: 0, max: 59 },
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of the week', min: 0, max: 6, names: WEEKDAYS },
];

/** 29 February on a given day of the week can be 40 years away (across 2100); no schedule has a longer gap. */
const LONGEST_SEARCH_DAYS = 41 * 366;

/** Reads a schedule of six fields, or of five (which fires at second 0). Throws one clear sentence on anything else. */
export function parseNcrontab(expression: string): Ncrontab {
  const parts = expression.trim().split(/\s+/);
  const six = parts.length === 5 ? ['0', ...parts] : parts;
  if (six.length !== FIELDS.length) {
    throw new Error(`The schedule "${expression}" has to have six fields, from second to day of the week.`);
  }
  const values = FIELDS.map((field, index) => parseField(six[index] ?? '', field, expression));
  const [seconds = [], minutes = [], hours = [], days = [], months = [], weekdays = []] = values;
  return { expression, seconds, minutes, hours, days, months, weekdays };
}

function parseField(text: string, field: Field, expression: string): readonly number[] {
  const chosen = new Set<number>();
  for (const item of text.split(',')) {
    const [, from, to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d{1,2}))?$/.exec(item) ?? [];
    const first = from === '*' ? field.min : readValue(from, field);
    // `5/10` counts on from 5 to the end, as `*/10` does from the start.
    const last = to !== undefined ? readValue(to, field) : from === '*' || step !== undefined ? field.max : first;
    const every = step === undefined ? 1 : Number(step);
    if (first === undefined || last === undefined || every < 1 || first > last || (from === '*' && to !== undefined)) {
      throw new Error(`The schedule "${expression}" has an invalid ${field.name}: "${text}".`);
    }
    for (let value = first; value <= last; value += every) chosen.add(value);
  }
  return [...chosen].sort((left, right) => left - right);
}

function readValue(text: string | undefined, field: Field): number | undefined {
  if (text === undefined) return undefined;
  const word = text.toLowerCase();
  const named = field.names?.findIndex((name) => word === name || word === name.slice(0, 3)) ?? -1;
  const value = named === -1 ? (/^\d{1,2}$/.test(text) ? Number(text) : undefined) : named + field.min;
  return value !== undefined && value >= field.min && value <= field.max ? value : undefined;
}

/**
 * The first time after `after` that the schedule names; undefined where there is none (30 February). Day and day of the
 * week both have to fit, as in NCRONTAB and unlike in cron.
 */
export function nextOccurrence(schedule: Ncrontab, after: Date): Date | undefined {
  const from = new Date(Math.floor(after.getTime() / 1_000) * 1_000 + 1_000);
  const startOfDay = Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate());
  const secondOfDay = (from.getTime() - startOfDay) / 1_000;
  for (let offset = 0; offset < LONGEST_SEARCH_DAYS; offset += 1) {
    const day = new Date(startOfDay + offset * 86_400_000);
    if (!fallsOn(schedule, day)) continue;
    const second = firstSecond(schedule, offset === 0 ? secondOfDay : 0);
    if (second !== undefined) return new Date(day.getTime() + second * 1_000);
  }
  return undefined;
}

function fallsOn({ months, days, weekdays }: Ncrontab, day: Date): boolean {
  return (
    months.includes(day.getUTCMonth() + 1) && days.includes(day.getUTCDate()) && weekdays.includes(day.getUTCDay())
  );
}

function firstSecond({ hours, minutes, seconds }: Ncrontab, from: number): number | undefined {
  for (const hour of hours) {
    if ((hour + 1) * 3_600 <= from) continue;
    for (const minute of minutes) {
      const start = hour * 3_600 + minute * 60;
      if (start + 60 <= from) continue;
      for (const second of seconds) if (start + second >= from) return start + second;
    }
  }
  return undefined;
}
