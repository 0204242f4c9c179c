import type { Spread, TrafficGroup } from '../../core/traffic.ts';
import { type Fields, numberOf, present } from '../json.ts';
import { cell, pathOf } from '../log-rows.ts';
import { timeOf } from '../time.ts';

/** What of a request decides its group. */
export type GroupKey = Pick<
  TrafficGroup,
  | 'pool'
  | 'setting'
  | 'listener'
  | 'member'
  | 'status'
  | 'serverStatus'
  | 'errorInfo'
  | 'originalHost'
  | 'host'
  | 'path'
  | 'method'
  | 'wafMode'
>;

export const MEASURES = ['timeTaken', 'serverLatency', 'receivedBytes', 'sentBytes'] as const;
export type Measure = (typeof MEASURES)[number];

/** One request, or one line of a summary that stands for `count` of them. */
export interface AccessRow {
  readonly key: GroupKey;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly firstAt?: number;
  readonly lastAt?: number;
  readonly transactionIds: readonly string[];
  readonly values: Readonly<Partial<Record<Measure, number>>>;
  /** Only a summary has these. */
  readonly spreads?: Readonly<Partial<Record<Measure, Spread>>>;
}

/** A row of the minutes' summary. */
export interface MinuteRow {
  readonly at: number;
  readonly requests: number;
  readonly failed: number;
}

/** The gateway's own security process logs its requests under this client address. */
export function isInternal(row: Fields): boolean {
  return cell(row, 'clientip') === '127.0.0.1';
}

export function readMinuteRow(row: Fields): MinuteRow | undefined {
  if (!row.has('minute')) return undefined;
  const at = timeOf(row.get('minute'));
  const requests = numberOf(row.get('requests'));
  return at === undefined || requests === undefined
    ? undefined
    : { at, requests, failed: numberOf(row.get('failed')) ?? 0 };
}

/** Reads a request or a summary line; undefined where it has no status, so that nothing could be said of it. */
export function readAccessRow(row: Fields): AccessRow | undefined {
  const ownStatus = statusOf(lastOf(cell(row, 'httpstatus')));
  const serverStatus = statusOf(lastOf(cell(row, 'serverstatus')));
  // A layer 4 record has no httpStatus: its serverStatus is the gateway's own word on the session (502 unreachable).
  const status = ownStatus ?? serverStatus;
  if (status === undefined) return undefined;
  const v1 = readV1(row);
  const times = timesOf(row);
  const count = numberOf(row.get('requests'));
  return present<AccessRow>({
    key: present<GroupKey>({
      pool: cell(row, 'backendpoolname'),
      setting: cell(row, 'backendsettingname'),
      listener: cell(row, 'listenername'),
      member: lastOf(cell(row, 'serverrouted')) ?? v1?.member,
      status,
      serverStatus: ownStatus === undefined ? undefined : (serverStatus ?? v1?.serverStatus),
      errorInfo: cell(row, 'error_info', 'errorinfo')?.slice(0, MAX_NAME_LENGTH),
      originalHost: cell(row, 'originalhost')?.slice(0, MAX_NAME_LENGTH),
      host: cell(row, 'host')?.slice(0, MAX_NAME_LENGTH),
      path: pathOf(cell(row, 'path', 'originalrequesturiwithargs', 'requesturi')),
      method: cell(row, 'httpmethod')?.slice(0, 20),
      wafMode: cell(row, 'wafmode'),
    }),
    count: count === undefined ? 1 : Math.max(0, Math.round(count)),
    ...times,
    transactionIds: transactionIdsOf(row),
    values: present({
      // v1 logs milliseconds, v2 seconds.
      timeTaken: scale(numberOf(cell(row, 'timetaken')), v1 ? 0.001 : 1),
      serverLatency: numberOf(lastOf(cell(row, 'serverresponselatency'))),
      receivedBytes: numberOf(cell(row, 'receivedbytes')),
      sentBytes: numberOf(cell(row, 'sentbytes')),
    }),
    spreads:
      count === undefined
        ? undefined
        : present({
            timeTaken: spreadIn(row, 'timetaken'),
            serverLatency: spreadIn(row, 'serverlatency'),
            receivedBytes: spreadIn(row, 'receivedbytes'),
            sentBytes: spreadIn(row, 'sentbytes'),
          }),
  });
}

/** Host names end at 253 characters; what is longer was never a name. */
const MAX_NAME_LENGTH = 253;

/** 0, like blank, stands for "no status". */
function statusOf(text: string | undefined): number | undefined {
  const status = numberOf(text);
  return status !== undefined && status >= 100 && status <= 999 ? Math.round(status) : undefined;
}

/** The last entry of a list such as `10.0.0.4:80, 10.0.0.5:80`, which a request that was tried twice may leave. */
function lastOf(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes(',')) return text;
  const last = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .at(-1);
  return last === '-' ? undefined : last;
}

function scale(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}

/** v1 has no columns for the backend and packs them into the query string that it logs. */
function readV1(row: Fields): { readonly member?: string; readonly serverStatus?: number } | undefined {
  if (!/^applicationgatewayrole/i.test(cell(row, 'instanceid') ?? '')) return undefined;
  const query = cell(row, 'requestquery') ?? '';
  const packed = /X-AzureApplicationGateway-/i.test(query);
  if (!packed && row.has('serverrouted')) return undefined;
  // The gateway appends its own parameters, so the last of a name is the gateway's and not the client's.
  const last = (name: string) => [...query.matchAll(new RegExp(`(?:^|&)${name}=([^&]*)`, 'gi'))].at(-1)?.[1];
  return present({
    member: packed ? last('SERVER-ROUTED')?.slice(0, 100) || undefined : undefined,
    serverStatus: packed ? statusOf(last('SERVER-STATUS')) : undefined,
  });
}

function timesOf(row: Fields): { readonly firstAt?: number; readonly lastAt?: number } {
  const at = timeOf(row.get('timestamp')) ?? timeOf(row.get('time')) ?? timeOf(row.get('timegenerated')) ?? undefined;
  return present({ firstAt: timeOf(row.get('firstat')) ?? at, lastAt: timeOf(row.get('lastat')) ?? at });
}

/** Dynamic columns come as a list or as its JSON text. */
function transactionIdsOf(row: Fields): readonly string[] {
  const value = row.get('transactionids');
  const list = typeof value === 'string' ? parseList(value) : value;
  const ids = Array.isArray(list) ? list : [row.get('transactionid')];
  return ids
    .flatMap((id) => (typeof id === 'string' && /^[\w-]{8,64}$/.test(id.trim()) ? [id.trim()] : []))
    .slice(0, MAX_TRANSACTION_IDS);
}

export const MAX_TRANSACTION_IDS = 5;

function parseList(text: string): unknown {
  try {
    // The command line prints lists the Python way, in single quotes.
    return JSON.parse(text.includes('"') ? text : text.replaceAll("'", '"')) as unknown;
  } catch {
    return undefined;
  }
}

function spreadIn(row: Fields, name: string): Spread | undefined {
  const [min, p50, p95, max] = ['min', 'p50', 'p95', 'max'].map((part) => numberOf(cell(row, `${name}${part}`)));
  return min === undefined || p50 === undefined || p95 === undefined || max === undefined
    ? undefined
    : { min, p50, p95, max };
}
