import { wafPolicyId } from './arm-gateway.ts';
import type { Spread } from './backend-answers.ts';
import { type Slice, trafficBetween } from './traffic.ts';
import { isoSeconds, scatter, scatterHex, timeOf, type World } from './world.ts';

export interface LogTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
}

/** How many transaction ids stand for a group. */
const SAMPLE_IDS = 5;
const MOST_FIREWALL_ROWS = 1000;

const SUMMARY_COLUMNS = [
  ...strings('BackendPoolName', 'BackendSettingName', 'ListenerName', 'ServerRouted'),
  { name: 'HttpStatus', type: 'int' },
  { name: 'ServerStatus', type: 'int' },
  ...strings('ErrorInfo', 'OriginalHost', 'Host', 'Path', 'HttpMethod', 'WafMode'),
  { name: 'Requests', type: 'long' },
  ...spreadColumns('TimeTaken'),
  ...spreadColumns('ServerLatency'),
  ...spreadColumns('ReceivedBytes'),
  ...spreadColumns('SentBytes'),
  { name: 'FirstAt', type: 'datetime' },
  { name: 'LastAt', type: 'datetime' },
  { name: 'TransactionIds', type: 'dynamic' },
];

/**
 * The access log of the minutes [from, until), grouped as the summary's query asks: what succeeded is gathered without
 * its path and method, 502 and 504 come first, and then the largest groups.
 */
export function accessLogSummary(world: World, from: number, until: number): LogTable {
  const groups = groupBy(trafficBetween(world, from, until), (slice) =>
    JSON.stringify([
      slice.target,
      slice.listener,
      slice.member,
      slice.status,
      slice.serverStatus,
      slice.errorInfo,
      slice.demand.host,
      failedAt(slice),
    ]),
  );
  const weighed = groups.map((slices) => ({
    slices,
    weight: requestsIn(slices) + (isGatewayError(slices[0]) ? 1e12 : 0),
  }));
  return {
    name: 'PrimaryResult',
    columns: SUMMARY_COLUMNS,
    rows: weighed.sort((left, right) => right.weight - left.weight).map(({ slices }) => summaryRow(world, slices)),
  };
}

function summaryRow(world: World, slices: readonly Slice[]): readonly unknown[] {
  const [first] = slices;
  const last = slices.at(-1);
  if (!first || !last) throw new Error('A group holds at least one slice.');
  const { path, method } = failedAt(first);
  return [
    first.target?.pool ?? '',
    first.target?.setting ?? '',
    first.listener,
    first.member ?? '',
    first.status,
    first.serverStatus ?? null,
    first.errorInfo,
    first.demand.host,
    first.demand.host,
    path,
    method,
    world.gateway.waf?.mode ?? '',
    requestsIn(slices),
    ...seconds(slices, ({ took }) => took),
    ...seconds(slices, ({ server }) => server),
    ...bytes(slices, ({ receivedBytes }) => receivedBytes),
    ...bytes(slices, ({ sentBytes }) => sentBytes),
    isoSeconds(timeOf(world, first.minute + 1 / 60)),
    isoSeconds(timeOf(world, last.minute + 59 / 60)),
    JSON.stringify(transactionIds(slices)),
  ];
}

/** Where a request failed; where it did not, the summary does not say. */
function failedAt({ status, demand }: Slice): { readonly path: string; readonly method: string } {
  return status >= 400 ? { path: demand.path, method: demand.method } : { path: '', method: '' };
}

function isGatewayError(slice: Slice | undefined): boolean {
  return slice?.status === 502 || slice?.status === 504;
}

function requestsIn(slices: readonly Slice[]): number {
  return slices.reduce((sum, { count }) => sum + count, 0);
}

/** Requests and failures by minute. A minute without a request has no row. */
export function accessLogMinutes(world: World, from: number, until: number): LogTable {
  const minutes = groupBy(trafficBetween(world, from, until), ({ minute }) => String(minute));
  return {
    name: 'Minutes',
    columns: [
      { name: 'Minute', type: 'datetime' },
      { name: 'Requests', type: 'long' },
      { name: 'Failed', type: 'long' },
    ],
    rows: minutes.map((slices) => [
      isoSeconds(timeOf(world, slices[0]?.minute ?? 0)),
      requestsIn(slices),
      requestsIn(slices.filter(isGatewayError)),
    ]),
  };
}

/**
 * What the firewall did, a row for each request and rule: the rule that matched, and the anomaly rule that blocked.
 * Blocked requests come first, and of each the newest.
 */
export function firewallLogSummary(world: World, from: number, until: number): LogTable {
  const tripped = world.gateway.waf ? trafficBetween(world, from, until).filter(({ demand }) => demand.wafRule) : [];
  const rows = [...tripped].reverse().flatMap((slice) => {
    const { path, host, wafRule } = slice.demand;
    return Array.from({ length: slice.count }, (_, index) => {
      const request = [path, host, transactionId(slice, index), wafPolicyId(world), 1];
      return {
        blocked: ['Blocked', '949110', 'General', 'Inbound Anomaly Score Exceeded (Total Score: 5)', ...request],
        matched: ['Matched', wafRule?.id ?? '', wafRule?.group ?? '', wafRule?.message ?? '', ...request],
        isBlocked: slice.isBlockedByWaf,
      };
    });
  });
  return {
    name: 'PrimaryResult',
    columns: [
      ...strings('Action', 'RuleId', 'RuleGroup', 'Message', 'Path', 'Hostname', 'TransactionId', 'PolicyId'),
      { name: 'Requests', type: 'long' },
    ],
    rows: [
      ...rows.filter(({ isBlocked }) => isBlocked).map(({ blocked }) => blocked),
      ...rows.map(({ matched }) => matched),
    ].slice(0, MOST_FIREWALL_ROWS),
  };
}

/** Single records of the access log, newest first, as the resource-specific table has them. */
export function accessLogRecords(world: World, from: number, until: number, limit: number): LogTable {
  const rows: (readonly unknown[])[] = [];
  for (const slice of [...trafficBetween(world, from, until)].reverse()) {
    for (let index = 0; index < slice.count && rows.length < limit; index++) rows.push(record(world, slice, index));
    if (rows.length >= limit) break;
  }
  return {
    name: 'PrimaryResult',
    columns: [
      { name: 'TimeGenerated', type: 'datetime' },
      ...strings('BackendPoolName', 'BackendSettingName', 'ListenerName', 'RuleName', 'ServerRouted'),
      { name: 'HttpStatus', type: 'int' },
      { name: 'ServerStatus', type: 'int' },
      ...strings(
        'ErrorInfo',
        'OriginalHost',
        'Host',
        'HttpMethod',
        'RequestUri',
        'RequestQuery',
        'ClientIp',
        'WafMode',
      ),
      { name: 'TimeTaken', type: 'real' },
      { name: 'ServerResponseLatency', type: 'real' },
      { name: 'ReceivedBytes', type: 'int' },
      { name: 'SentBytes', type: 'int' },
      ...strings('TransactionId', '_ResourceId', 'Type'),
    ],
    rows,
  };
}

function record(world: World, slice: Slice, index: number): readonly unknown[] {
  const { gateway, subscription, resourceGroup } = world;
  const id = `/subscriptions/${subscription}/resourcegroups/${resourceGroup}/providers/microsoft.network/applicationgateways/${gateway.name}`;
  const salt = scatter(`${slice.minute}|${slice.demand.path}|${index}`);
  return [
    isoSeconds(timeOf(world, slice.minute + salt * 0.98)),
    slice.target?.pool ?? '',
    slice.target?.setting ?? '',
    slice.listener,
    slice.rule,
    slice.member ?? '',
    slice.status,
    slice.serverStatus ?? null,
    slice.errorInfo,
    slice.demand.host,
    slice.demand.host,
    slice.demand.method,
    slice.demand.path,
    '',
    // 203.0.113.0/24 is set aside for documentation.
    `203.0.113.${1 + Math.floor(salt * 250)}`,
    gateway.waf?.mode ?? '',
    round(within(slice.took, salt) / 1000),
    slice.server === undefined ? null : round(within(slice.server, salt) / 1000),
    slice.receivedBytes,
    slice.sentBytes,
    transactionId(slice, index),
    id.toLowerCase(),
    'AGWAccessLogs',
  ];
}

function transactionIds(slices: readonly Slice[]): readonly string[] {
  return slices
    .slice(-SAMPLE_IDS)
    .map((slice) => transactionId(slice, 0))
    .reverse();
}

export function transactionId({ minute, number, demand }: Slice, index: number): string {
  return scatterHex(`${minute}|${number}|${demand.path}|${index}`, 32);
}

function groupBy(slices: readonly Slice[], keyOf: (slice: Slice) => string): readonly (readonly Slice[])[] {
  return [...Map.groupBy(slices, keyOf).values()];
}

/** Least, median, 95th percentile and most, in seconds; nulls where no backend was reached. */
function seconds(slices: readonly Slice[], spreadOf: (slice: Slice) => Spread | undefined): readonly (number | null)[] {
  const points = slices.flatMap((slice) => {
    const spread = spreadOf(slice);
    if (spread === undefined) return [];
    const { min, p50, p95, max } = spread;
    // Shares of the requests, such that the percentiles of one slice are its own.
    const shares = [
      [min, 0.1],
      [p50, 0.75],
      [p95, 0.14],
      [max, 0.01],
    ] as const;
    return shares.map(([value, share]) => ({ value: value / 1000, weight: share * slice.count }));
  });
  return percentiles(points).map((value) => (value === undefined ? null : round(value)));
}

function bytes(slices: readonly Slice[], size: (slice: Slice) => number): readonly (number | null)[] {
  return percentiles(slices.map((slice) => ({ value: size(slice), weight: slice.count }))).map(
    (value) => value ?? null,
  );
}

function percentiles(points: readonly { readonly value: number; readonly weight: number }[]) {
  const sorted = [...points].sort((left, right) => left.value - right.value);
  const total = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const at = (share: number) => {
    let passed = 0;
    return sorted.find(({ weight }) => {
      passed += weight;
      return passed >= share * total;
    })?.value;
  };
  return [sorted[0]?.value, at(0.5), at(0.95), sorted.at(-1)?.value] as const;
}

/** One value of a distribution, for a salt from 0 to 1. */
export function within({ min, p50, p95 }: Spread, salt: number): number {
  return salt < 0.5 ? min + (p50 - min) * salt * 2 : p50 + (p95 - p50) * (salt - 0.5) * 2;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function strings(...names: readonly string[]) {
  return names.map((name) => ({ name, type: 'string' }));
}

function spreadColumns(name: string) {
  return ['Min', 'P50', 'P95', 'Max'].map((suffix) => ({ name: `${name}${suffix}`, type: 'real' }));
}
