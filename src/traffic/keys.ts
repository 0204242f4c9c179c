import type { JsonBytes } from './json-bytes.ts';
import { Names, ODD_NAME } from './names.ts';

/** A place for each field that is read. The numbers index tables and the bits of a mask, so there are fewer than 31. */
export const SLOT = {
  category: 0,
  operation: 1,
  type: 2,
  properties: 3,
  resourceId: 4,
  timestamp: 5,
  time: 6,
  timeGenerated: 7,
  status: 8,
  serverStatus: 9,
  pool: 10,
  setting: 11,
  member: 12,
  errorInfo: 13,
  path: 14,
  originalUri: 15,
  requestUri: 16,
  timeTaken: 17,
  sentBytes: 18,
  receivedBytes: 19,
  clientIp: 20,
  instanceId: 21,
} as const;

export const SLOTS = 22;
/** A key that says nothing that is wanted here. */
export const UNWANTED = -1;
/** A key that the short reading has no rule for: the record is read in full. */
export const ODD_KEY = -2;

/** By lower-cased name without type suffix, as the reader of evidence takes them. */
const WANTED: ReadonlyMap<string, number> = new Map([
  ['operationname', SLOT.operation],
  ['type', SLOT.type],
  ['resourceid', SLOT.resourceId],
  ['_resourceid', SLOT.resourceId],
  ['timestamp', SLOT.timestamp],
  ['time', SLOT.time],
  ['timegenerated', SLOT.timeGenerated],
  ['httpstatus', SLOT.status],
  ['serverstatus', SLOT.serverStatus],
  ['backendpoolname', SLOT.pool],
  ['backendsettingname', SLOT.setting],
  ['serverrouted', SLOT.member],
  ['error_info', SLOT.errorInfo],
  ['errorinfo', SLOT.errorInfo],
  ['path', SLOT.path],
  ['originalrequesturiwithargs', SLOT.originalUri],
  ['requesturi', SLOT.requestUri],
  ['timetaken', SLOT.timeTaken],
  ['sentbytes', SLOT.sentBytes],
  ['receivedbytes', SLOT.receivedBytes],
  ['clientip', SLOT.clientIp],
  ['instanceid', SLOT.instanceId],
  // Lines of a summary have these, and a summary is no request.
  ['requests', ODD_KEY],
  ['minute', ODD_KEY],
  ['firstat', ODD_KEY],
  ['lastat', ODD_KEY],
  // The label counts under this very name on the record itself, and under any other spelling only as a last resort.
  ['category', ODD_KEY],
]);

/** What counts on the record itself and not in its `properties`, in this very spelling. */
const WANTED_ON_RECORD: ReadonlyMap<string, number> = new Map([
  ['category', SLOT.category],
  ['Category', SLOT.category],
  // An envelope in a list of records.
  ['records', ODD_KEY],
  ['tables', ODD_KEY],
  ['Tables', ODD_KEY],
]);

/** Real records have about forty keys; a sender that invents keys must not fill the memory. */
const MAX_KEYS = 1_024;

/** The keys of one level of a record, told apart by their bytes. */
export class Keys {
  readonly #names = new Names((key) => key);
  readonly #isOnRecord: boolean;
  /** By the number of the key. */
  #slots: number[] = [UNWANTED];

  constructor(level: 'record' | 'properties') {
    this.#isOnRecord = level === 'record';
  }

  /** The slot of the key whose bytes these are, UNWANTED or ODD_KEY. */
  slotAt(json: JsonBytes, start: number, end: number): number {
    const key = this.#names.numberAt(json, start, end);
    // An escape or a character that is no ASCII could spell any name once it is decoded and lower-cased.
    if (key === ODD_NAME) return ODD_KEY;
    return this.#slots[key] ?? this.#learn(key);
  }

  /** Between two messages. */
  trim(): void {
    if (this.#names.size <= MAX_KEYS) return;
    this.#names.clear();
    this.#slots = [UNWANTED];
  }

  #learn(key: number): number {
    const slot = slotOf(this.#names.name(key), this.#isOnRecord);
    this.#slots[key] = slot;
    return slot;
  }
}

function slotOf(key: string, isOnRecord: boolean): number {
  const lower = key.toLowerCase();
  if (isOnRecord) {
    if (lower === 'properties') return SLOT.properties;
    const own = WANTED_ON_RECORD.get(key);
    if (own !== undefined) return own;
  }
  return WANTED.get(lower.replace(/([a-z])_[sdgtb]$/, '$1')) ?? UNWANTED;
}
