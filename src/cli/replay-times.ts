/**
 * Times in the text of log records, moved without touching anything else. A key that stands in an escaped text inside a
 * record ends in `\"` and is not met.
 */
const TIME =
  /("(?:timeStamp|timestamp|time|TimeGenerated|timeGenerated|timestamp_[a-z])"\s*:\s*")(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?((?:Z|[+-]\d\d:?\d\d)?")/gi;

/** The latest time in the text, milliseconds since 1970; undefined where it has none. */
export function newestTimeIn(text: string): number | undefined {
  let newest: number | undefined;
  for (const [, , clock = '', fraction = '', zone = ''] of text.matchAll(TIME)) {
    const time = Date.parse(`${clock}${fraction.slice(0, 4)}${offsetOf(zone)}`);
    if (!Number.isNaN(time) && (newest === undefined || time > newest)) newest = time;
  }
  return newest;
}

/** Moves every time, and keeps how it is written: its digits behind the point and its offset. */
export function shiftTimes(text: string, byMs: number): string {
  return text.replace(TIME, (whole, key: string, clock: string, fraction: string | undefined, zone: string) => {
    const digits = fraction ?? '';
    // An offset adds the same before and after, so it does not matter here.
    const time = Date.parse(`${clock}${digits.slice(0, 4)}Z`);
    if (Number.isNaN(time)) return whole;
    const moved = new Date(time + byMs).toISOString();
    if (!/^\d{4}-/.test(moved)) return whole;
    const movedFraction = digits === '' ? '' : `${moved.slice(19, 23)}${digits.slice(4)}`.slice(0, digits.length);
    return `${key}${moved.slice(0, 19)}${movedFraction}${zone}`;
  });
}

/** As `Date.parse` takes it: an offset needs its colon, and none means UTC. */
function offsetOf(zone: string): string {
  const bare = zone.replace(/"$/, '');
  if (bare === '') return 'Z';
  return bare.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
}
