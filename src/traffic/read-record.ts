import type { Batch, Message } from './batch.ts';
import type { Fields } from './fields.ts';
import { SLOT, SLOTS } from './keys.ts';
import { type Records, timeTakenMsOf, wholeBytesOf } from './records.ts';
import {
  decimalAt,
  KIND,
  Kinds,
  loopbackAt,
  NONE,
  nameAt,
  ODD_VALUE,
  pathAt,
  statusAt,
  Times,
  v1InstanceAt,
} from './values.ts';

const LABELS = (1 << SLOT.category) | (1 << SLOT.operation) | (1 << SLOT.type);
const TIMES = (1 << SLOT.timestamp) | (1 << SLOT.time) | (1 << SLOT.timeGenerated);

/** Reads records from their fields. What has not changed since the record before is not read again. */
export class RecordReader {
  readonly #kinds = new Kinds();
  readonly #times = new Times();
  #kind: number = KIND.unknown;
  #at = Number.NaN;
  /** What stands in each slot, as far as one value tells it: a number, or the number of a name. */
  readonly #value = new Float64Array(SLOTS);

  /** Reads the record into the batch. False, with nothing added, where only the full reading will do. */
  read(fields: Fields, batch: Batch, message: Message): boolean {
    if (fields.isOdd) return false;
    const { records } = batch;
    this.#refresh(fields, records);
    if (this.#kind === KIND.unknown || this.#kind === KIND.odd) return false;
    if (this.#kind === KIND.other) {
      message.others += 1;
      return true;
    }

    const value = this.#value;
    const isLoopback = value[SLOT.clientIp] as number;
    if (isLoopback === ODD_VALUE || value[SLOT.instanceId] === ODD_VALUE) return false;
    if (isLoopback === 1) {
      message.internal += 1;
      return true;
    }
    const ownStatus = value[SLOT.status] as number;
    const serverStatus = value[SLOT.serverStatus] as number;
    if (ownStatus === ODD_VALUE || serverStatus === ODD_VALUE) return false;
    // A layer 4 record has no status of its own: its serverStatus is the gateway's word on the session.
    const status = ownStatus === NONE ? serverStatus : ownStatus;
    if (status === NONE) {
      message.unread += 1;
      return true;
    }
    const gateway = value[SLOT.resourceId] as number;
    const pool = value[SLOT.pool] as number;
    const setting = value[SLOT.setting] as number;
    const member = value[SLOT.member] as number;
    const error = value[SLOT.errorInfo] as number;
    const path = status === 502 || status === 504 ? pathOf(fields, records) : 0;
    if (gateway < 0 || pool < 0 || setting < 0 || member < 0 || error < 0 || path < 0) return false;
    const timeTaken = value[SLOT.timeTaken] as number;
    const sentBytes = value[SLOT.sentBytes] as number;
    const receivedBytes = value[SLOT.receivedBytes] as number;
    if (this.#at === ODD_VALUE || timeTaken === ODD_VALUE || sentBytes === ODD_VALUE || receivedBytes === ODD_VALUE)
      return false;

    const index = records.add();
    records.message[index] = batch.messages.length - 1;
    records.gateway[index] = gateway;
    records.pool[index] = pool;
    records.setting[index] = setting;
    records.member[index] = member;
    records.error[index] = error;
    records.path[index] = path;
    records.status[index] = status;
    records.serverStatus[index] = ownStatus === NONE || serverStatus === NONE ? 0 : serverStatus;
    records.at[index] = this.#at;
    records.timeTaken[index] = timeTaken;
    records.sentBytes[index] = sentBytes;
    records.receivedBytes[index] = receivedBytes;
    return true;
  }

  /** Between two messages. */
  trim(): void {
    this.#kinds.trim();
  }

  #refresh(fields: Fields, records: Records): void {
    const { stale } = fields;
    fields.stale = 0;
    if ((stale & LABELS) !== 0) this.#kind = this.#readKind(fields);
    if ((stale & TIMES) !== 0) this.#at = this.#readTime(fields);
    for (let left = stale; left !== 0; left &= left - 1) {
      const slot = 31 - Math.clz32(left & -left);
      this.#value[slot] = readValue(fields, slot, records);
    }
  }

  #readKind(fields: Fields): number {
    if ((fields.seen & (1 << SLOT.category)) !== 0) return this.#kinds.categoryAt(fields, SLOT.category);
    return this.#kinds.labelAt(fields, SLOT.operation) || this.#kinds.labelAt(fields, SLOT.type);
  }

  /** NaN where the record has no time. A time that is not written the usual way is not passed over for another. */
  #readTime(fields: Fields): number {
    for (const slot of [SLOT.timestamp, SLOT.time, SLOT.timeGenerated])
      if (fields.has(slot)) return this.#times.timeAt(fields, slot);
    return Number.NaN;
  }
}

function readValue(fields: Fields, slot: number, records: Records): number {
  switch (slot) {
    case SLOT.resourceId:
      return nameAt(fields, slot, records.gateways);
    case SLOT.pool:
      return nameAt(fields, slot, records.pools);
    case SLOT.setting:
      return nameAt(fields, slot, records.settings);
    case SLOT.member:
      return nameAt(fields, slot, records.members);
    case SLOT.errorInfo:
      return nameAt(fields, slot, records.errors);
    case SLOT.status:
    case SLOT.serverStatus:
      return statusAt(fields, slot);
    case SLOT.timeTaken:
      return orOdd(decimalAt(fields, slot), timeTakenMsOf);
    case SLOT.sentBytes:
    case SLOT.receivedBytes:
      return orOdd(decimalAt(fields, slot), wholeBytesOf);
    case SLOT.clientIp:
      return loopbackAt(fields, slot);
    case SLOT.instanceId:
      return v1InstanceAt(fields, slot);
    default:
      return NONE;
  }
}

function orOdd(value: number, of: (value: number) => number): number {
  return value === ODD_VALUE ? ODD_VALUE : of(value);
}

/** Paths are only wanted of requests that failed, so they are not read before. */
function pathOf(fields: Fields, records: Records): number {
  for (const slot of [SLOT.path, SLOT.originalUri, SLOT.requestUri]) {
    const path = pathAt(fields, slot, records.paths);
    if (path !== 0) return path;
  }
  return 0;
}
