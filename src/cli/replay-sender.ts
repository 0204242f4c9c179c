import type { HubBatch, HubWriter } from '../platform/event-hub-writer.ts';
import { envelopeOf, type ReplayPart, recordsIn } from './replay-parts.ts';

export interface ReplayTotals {
  /** Messages and batches that the hub has confirmed, and the records in them. */
  readonly messages: number;
  readonly records: number;
  readonly batches: number;
  /** Records that are too large for the hub by themselves. They were not sent. */
  readonly tooLarge: number;
  /** Everything up to this item has been confirmed or can never be. */
  readonly upTo: number;
  /** Set where a batch was sent and not confirmed: the last item that it holds something of. */
  readonly uncertainUpTo?: number;
}

export interface ReplaySenderOptions {
  /** Records of one batch at most. */
  readonly recordsPerBatch: number;
  /** Waits until so many records may go out. */
  readonly pace: (records: number) => Promise<void>;
}

/** Records without a message of their own are put into messages of this size, which is about that of the service's. */
const ENVELOPE_BYTES = 200_000;
const ENVELOPE_RECORDS = 500;

const EMPTY = { messages: 0, records: 0, upTo: 0 };

/**
 * Puts items into messages and messages into batches, as large as the hub takes them, and knows at any moment up to which
 * item everything has arrived.
 */
export class ReplaySender {
  readonly #writer: Pick<HubWriter, 'openBatch'>;
  readonly #options: ReplaySenderOptions;
  #batch: HubBatch | undefined;
  #inBatch = EMPTY;
  #pending: string[] = [];
  #pendingBytes = 0;
  /** The items that the first and the last pending record belong to. */
  #pendingFrom = 0;
  #pendingTo = 0;
  /** The last item that was handed in whole. */
  #taken: number;
  #totals: ReplayTotals;

  /** `upTo` is the number of the last item that needs not be sent any more. */
  constructor(writer: Pick<HubWriter, 'openBatch'>, upTo: number, options: ReplaySenderOptions) {
    this.#writer = writer;
    this.#options = options;
    this.#taken = upTo;
    this.#totals = { messages: 0, records: 0, batches: 0, tooLarge: 0, upTo };
  }

  get totals(): ReplayTotals {
    return this.#totals;
  }

  /** Takes the next item. Rejects with the client's error where a batch could not be sent. */
  async add(parts: readonly ReplayPart[]): Promise<void> {
    for (const part of parts) {
      if (part.kind === 'message') {
        await this.#closeEnvelope();
        await this.#addMessage(part.text, part.records, this.#taken + 1);
      } else {
        await this.#addRecord(part.text);
      }
    }
    this.#taken += 1;
    if (this.#isAllSent()) this.#totals = { ...this.#totals, upTo: this.#taken };
  }

  /** Sends what is left. */
  async finish(): Promise<void> {
    await this.#closeEnvelope();
    await this.#send();
  }

  async #addRecord(text: string): Promise<void> {
    const most = Math.min(ENVELOPE_RECORDS, this.#options.recordsPerBatch);
    if (this.#pending.length >= most || this.#pendingBytes + text.length > ENVELOPE_BYTES) await this.#closeEnvelope();
    if (this.#pending.length === 0) this.#pendingFrom = this.#taken + 1;
    this.#pendingTo = this.#taken + 1;
    this.#pending.push(text);
    this.#pendingBytes += text.length;
  }

  async #closeEnvelope(): Promise<void> {
    if (this.#pending.length === 0) return;
    const records = this.#pending;
    await this.#addMessage(envelopeOf(records), records.length, this.#pendingTo);
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  async #addMessage(text: string, records: number, item: number): Promise<void> {
    const { recordsPerBatch } = this.#options;
    if (this.#inBatch.messages > 0 && this.#inBatch.records + records > recordsPerBatch) await this.#send();
    const bytes = new TextEncoder().encode(text);
    if (!(await this.#fits(bytes))) return this.#addInHalves(text, records, item);
    const inBatch = this.#inBatch;
    this.#inBatch = { messages: inBatch.messages + 1, records: inBatch.records + records, upTo: item };
  }

  /** Tries the batch that is open, and then an empty one. */
  async #fits(bytes: Uint8Array): Promise<boolean> {
    this.#batch ??= await this.#writer.openBatch();
    if (this.#batch.tryAdd(bytes)) return true;
    if (this.#inBatch.messages === 0) return false;
    await this.#send();
    this.#batch = await this.#writer.openBatch();
    return this.#batch.tryAdd(bytes);
  }

  async #addInHalves(text: string, records: number, item: number): Promise<void> {
    if (records <= 1) {
      this.#totals = { ...this.#totals, tooLarge: this.#totals.tooLarge + 1 };
      return;
    }
    const all = recordsIn(text);
    const half = Math.ceil(all.length / 2);
    for (const part of [all.slice(0, half), all.slice(half)])
      await this.#addMessage(envelopeOf(part), part.length, item);
  }

  async #send(): Promise<void> {
    const batch = this.#batch;
    const { messages, records, upTo } = this.#inBatch;
    if (!batch || messages === 0) return;
    await this.#options.pace(records);
    try {
      await batch.send();
    } catch (error) {
      this.#totals = { ...this.#totals, uncertainUpTo: upTo };
      throw error;
    }
    this.#batch = undefined;
    this.#inBatch = EMPTY;
    const totals = this.#totals;
    this.#totals = {
      ...totals,
      messages: totals.messages + messages,
      records: totals.records + records,
      batches: totals.batches + 1,
      // What waits in an open message has not been sent.
      upTo: this.#pending.length > 0 ? this.#pendingFrom - 1 : this.#taken,
    };
  }

  #isAllSent(): boolean {
    return this.#pending.length === 0 && this.#inBatch.messages === 0;
  }
}
