import { isObject } from '../evidence/json.ts';
import { isBareRecord } from '../evidence/log-rows.ts';
import type { ReplayItem } from './replay-input.ts';

/** What an item holds to be sent: messages as they are, and records that are still to be put into one. */
export interface ReplayPart {
  readonly kind: 'message' | 'record';
  /** JSON. */
  readonly text: string;
  readonly records: number;
}

/** The parts of an item; none where it is no log. */
export function partsOf(item: ReplayItem): readonly ReplayPart[] {
  if ('isBroken' in item) return [];
  const { text, value } = item;
  if (Array.isArray(value)) return value.flatMap((element) => partOf(JSON.stringify(element), element) ?? []);
  return partOf(text, value) ?? [];
}

function partOf(text: string, value: unknown): readonly ReplayPart[] | undefined {
  if (!isObject(value)) return undefined;
  if (Array.isArray(value.records)) return [{ kind: 'message', text, records: value.records.length }];
  return isRecord(value) ? [{ kind: 'record', text, records: 1 }] : undefined;
}

/** Every record that a diagnostic setting writes names its category, whatever it is about. */
function isRecord(value: Readonly<Record<string, unknown>>): boolean {
  return [value.category, value.Category].some((category) => typeof category === 'string') || isBareRecord(value);
}

/** The texts of the records in a message. */
export function recordsIn(message: string): readonly string[] {
  const { records } = JSON.parse(message) as { readonly records: readonly unknown[] };
  return records.map((record) => JSON.stringify(record));
}

export function envelopeOf(records: readonly string[]): string {
  return `{"records":[${records.join(',')}]}`;
}
