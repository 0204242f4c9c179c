import type { Batch } from './batch.ts';
import { newBatch } from './batch.ts';
import { foldRow, planRows, TIME_LIMITS, type TimeLimits } from './fold.ts';
import { accessRecord, bytesOfText, envelope, spelled } from './message-samples.ts';
import { newRow, type WindowRow } from './row.ts';
import { Scanner } from './scan.ts';

/** A request for tests: what of it differs from an ordinary one. */
export interface RequestSketch {
  readonly at?: string;
  readonly resourceId?: string;
  readonly pool?: string;
  readonly setting?: string;
  readonly member?: string;
  readonly status?: number;
  readonly serverStatus?: string;
  readonly error?: string;
  readonly path?: string;
  readonly seconds?: number;
}

export function requestText(sketch: RequestSketch): string {
  const own = {
    ...(sketch.at === undefined ? {} : { timeStamp: sketch.at }),
    ...(sketch.resourceId === undefined ? {} : { resourceId: sketch.resourceId }),
    ...(sketch.pool === undefined ? {} : { backendPoolName: sketch.pool }),
    ...(sketch.setting === undefined ? {} : { backendSettingName: sketch.setting }),
  };
  const properties = {
    ...(sketch.member === undefined ? {} : { serverRouted: sketch.member }),
    ...(sketch.status === undefined ? {} : { httpStatus: sketch.status }),
    ...(sketch.serverStatus === undefined ? {} : { serverStatus: sketch.serverStatus }),
    ...(sketch.error === undefined ? {} : { error_info: sketch.error }),
    ...(sketch.path === undefined ? {} : { originalRequestUriWithArgs: sketch.path }),
    ...(sketch.seconds === undefined ? {} : { timeTaken: sketch.seconds }),
  };
  return spelled(accessRecord({ own, properties }));
}

export interface MessageSketch {
  readonly sequenceNumber: number;
  readonly enqueuedAt?: number;
  readonly requests: readonly RequestSketch[];
}

export const ENQUEUED_AT = Date.parse('2026-09-14T02:12:00Z');

export function batchOf(messages: readonly MessageSketch[]): Batch {
  const batch = newBatch();
  const scanner = new Scanner();
  for (const { sequenceNumber, enqueuedAt = ENQUEUED_AT, requests } of messages)
    scanner.scanMessage(batch, bytesOfText(envelope(requests.map(requestText))), { sequenceNumber, enqueuedAt });
  return batch;
}

/** The rows of a partition, kept as a store would keep them. */
export type Rows = Map<string, WindowRow>;

/** Folds a batch into all of its rows. */
export function foldBatch(rows: Rows, batch: Batch, partition = '0', limits: TimeLimits = TIME_LIMITS): void {
  const plan = planRows(batch, limits);
  for (const planned of plan.rows) {
    const key = `${planned.gateway} ${planned.minute} ${partition}`;
    const row = rows.get(key) ?? newRow(planned.gateway, planned.minute, partition);
    foldRow(row, batch, plan, planned);
    rows.set(key, row);
  }
}

export function rowsOf(messages: readonly MessageSketch[], partition = '0'): readonly WindowRow[] {
  const rows: Rows = new Map();
  foldBatch(rows, batchOf(messages), partition);
  return [...rows.values()];
}
