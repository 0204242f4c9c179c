/** What the service promises of an instance: 10 capacity units at least. */
export const CAPACITY_UNITS_PER_INSTANCE = 10;
/** A unit carries 50 new TLS connections a second; in these worlds every request makes one of its own. */
const REQUESTS_PER_UNIT = 50 * 60;

/** The capacity units that so many requests a minute take. */
export function unitsFor(requestsPerMinute: number): number {
  return requestsPerMinute / REQUESTS_PER_UNIT;
}
