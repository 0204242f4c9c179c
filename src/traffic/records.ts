import { parseGatewayId } from '../core/resource-id.ts';
import { cell, pathOf } from '../evidence/log-rows.ts';
import { Names } from './names.ts';

/**
 * What the messages of one batch say, as columns: one number a record and field, names by number. Columns are reused from
 * batch to batch, so that a record makes no garbage, and they outlive the scanning, so that each row of the store can be
 * folded, and folded again after a conflict, on its own.
 */
export class Records {
  readonly gateways = new Names(gatewayOf);
  readonly pools = new Names(nameOf);
  readonly settings = new Names(nameOf);
  readonly members = new Names(memberOf);
  readonly errors = new Names(nameOf);
  readonly paths = new Names(plainPathOf);

  /** How many records there are: columns are longer. */
  length = 0;
  /** The message that each record came in, by its place in the batch. */
  message = new Int32Array(FIRST_LENGTH);
  gateway = new Int32Array(FIRST_LENGTH);
  pool = new Int32Array(FIRST_LENGTH);
  setting = new Int32Array(FIRST_LENGTH);
  member = new Int32Array(FIRST_LENGTH);
  error = new Int32Array(FIRST_LENGTH);
  /** Only a request answered 502 or 504 has one. */
  path = new Int32Array(FIRST_LENGTH);
  status = new Int32Array(FIRST_LENGTH);
  /** 0 where the record has none. */
  serverStatus = new Int32Array(FIRST_LENGTH);
  /** Milliseconds since 1970; NaN where the record has no time. */
  at = new Float64Array(FIRST_LENGTH);
  /** Milliseconds from the first byte of the request to the last byte of the answer; -1 where the record has none. */
  timeTaken = new Float64Array(FIRST_LENGTH);
  /** -1 where the record has none. */
  sentBytes = new Float64Array(FIRST_LENGTH);
  receivedBytes = new Float64Array(FIRST_LENGTH);

  /** Forgets the records; names are kept while they are few. */
  clear(): void {
    this.length = 0;
    for (const names of [this.gateways, this.pools, this.settings, this.members, this.errors, this.paths]) {
      if (names.size > MAX_KEPT_NAMES) names.clear();
    }
    if (this.message.length > MAX_KEPT_LENGTH) this.#resize(FIRST_LENGTH);
  }

  /** Takes back the records from this one on. */
  truncate(length: number): void {
    this.length = length;
  }

  /** Makes room for one more record and returns its place. */
  add(): number {
    if (this.length === this.message.length) this.#resize(this.length * 2);
    this.length += 1;
    return this.length - 1;
  }

  #resize(length: number): void {
    this.message = resized(this.message, new Int32Array(length));
    this.gateway = resized(this.gateway, new Int32Array(length));
    this.pool = resized(this.pool, new Int32Array(length));
    this.setting = resized(this.setting, new Int32Array(length));
    this.member = resized(this.member, new Int32Array(length));
    this.error = resized(this.error, new Int32Array(length));
    this.path = resized(this.path, new Int32Array(length));
    this.status = resized(this.status, new Int32Array(length));
    this.serverStatus = resized(this.serverStatus, new Int32Array(length));
    this.at = resized(this.at, new Float64Array(length));
    this.timeTaken = resized(this.timeTaken, new Float64Array(length));
    this.sentBytes = resized(this.sentBytes, new Float64Array(length));
    this.receivedBytes = resized(this.receivedBytes, new Float64Array(length));
  }
}

const FIRST_LENGTH = 1_024;
/** What one large batch took is given back after it. */
const MAX_KEPT_LENGTH = 262_144;
const MAX_KEPT_NAMES = 8_192;

function resized<Column extends Int32Array | Float64Array>(from: Column, to: Column): Column {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from);
  return to;
}

/** What is a day is no latency of a request: the request timeout ends at one. */
const MAX_TIME_TAKEN_MS = 2 * 86_400_000;
/** A terabyte. Sums of such numbers are exact, which makes them the same in any order. */
const MAX_BYTES = 2 ** 40;

/** Seconds as the log writes them, in whole milliseconds, which is as fine as the log is; -1 for no duration. */
export function timeTakenMsOf(seconds: number | undefined): number {
  if (seconds === undefined || !(seconds >= 0)) return -1;
  return Math.min(MAX_TIME_TAKEN_MS, Math.round(seconds * 1_000));
}

export function wholeBytesOf(bytes: number | undefined): number {
  if (bytes === undefined || !(bytes >= 0)) return -1;
  return Math.min(MAX_BYTES, Math.round(bytes));
}

/** Longer ids are no gateway's: subscription, resource group and name leave room for about 280 characters. */
const MAX_ID_LENGTH = 400;
/** Host names end at 253 characters, and names of pools and members well before. */
const MAX_NAME_LENGTH = 253;

/** The id of a gateway in lower case, since one log can spell it in several ways; `''` for the id of anything else. */
export function gatewayOf(resourceId: string): string {
  return resourceId.length > MAX_ID_LENGTH ? '' : (parseGatewayId(resourceId)?.id.toLowerCase() ?? '');
}

/** A name as it is kept; `''` for the texts that stand for nothing, which the reader of evidence knows. */
export function nameOf(text: string | undefined): string {
  return cell(new Map([['name', text]]), 'name')?.slice(0, MAX_NAME_LENGTH) ?? '';
}

/** A list of members, which a second try leaves, is left to the full reading. */
function memberOf(text: string): string | undefined {
  return text.includes(',') ? undefined : nameOf(text);
}

/** Of a path whose query has been cut off. Anything but a path on this host is left to the full reading. */
function plainPathOf(text: string): string | undefined {
  if (text.startsWith('/')) return pathOf(text) ?? '';
  return nameOf(text) === '' ? '' : undefined;
}
