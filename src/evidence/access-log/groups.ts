import type { Spread, TrafficGroup } from '../../core/traffic.ts';
import { present } from '../json.ts';
import { isoOf } from '../time.ts';
import { type AccessRow, type GroupKey, MAX_TRANSACTION_IDS, MEASURES, type Measure } from './row.ts';
import { addValue, mergeSpreads, newSampler, type Sampler, spreadOf } from './spread.ts';

/**
 * How many groups are kept apart in full. Failing requests have a share of their own, so that a million successes at a
 * thousand paths cannot crowd out the failures that the reading is for.
 */
const MAX_FAILING_GROUPS = 1_500;
const MAX_OTHER_GROUPS = 500;
/** How many coarse groups there can be on top. */
const MAX_COARSE_GROUPS = 1_000;

interface OpenGroup {
  readonly key: GroupKey;
  count: number;
  firstAt?: number;
  lastAt?: number;
  readonly transactionIds: Set<string>;
  readonly samplers: Partial<Record<Measure, Sampler>>;
  readonly spreads: Partial<Record<Measure, Spread>>;
}

/**
 * Gathers requests into groups in bounded memory. When the groups are full, further requests still count: they are
 * gathered by what clients cannot choose (pool, setting, listener, member, status and error), without host, path and
 * method. Only what does not even fit there is left out, and `leftOut` tells how many requests that were.
 */
export interface Groups {
  readonly open: Map<string, OpenGroup>;
  failing: number;
  others: number;
  coarse: number;
  leftOut: number;
}

export function newGroups(): Groups {
  return { open: new Map(), failing: 0, others: 0, coarse: 0, leftOut: 0 };
}

export function addRow(groups: Groups, row: AccessRow): void {
  const group = openGroup(groups, row.key);
  if (!group) {
    groups.leftOut += row.count;
    return;
  }
  for (const measure of MEASURES) addMeasure(group, row, measure);
  group.count += row.count;
  group.firstAt = least(group.firstAt, row.firstAt);
  group.lastAt = greatest(group.lastAt, row.lastAt);
  for (const id of row.transactionIds) {
    if (group.transactionIds.size < MAX_TRANSACTION_IDS) group.transactionIds.add(id);
  }
}

/** The groups in the order in which each was first seen. */
export function closeGroups(groups: Groups): readonly TrafficGroup[] {
  return [...groups.open.values()].map((group) =>
    present<TrafficGroup>({
      ...group.key,
      count: group.count,
      timeTaken: closeMeasure(group, 'timeTaken'),
      serverLatency: closeMeasure(group, 'serverLatency'),
      receivedBytes: closeMeasure(group, 'receivedBytes'),
      sentBytes: closeMeasure(group, 'sentBytes'),
      firstAt: group.firstAt === undefined ? undefined : isoOf(group.firstAt),
      lastAt: group.lastAt === undefined ? undefined : isoOf(group.lastAt),
      transactionIds: [...group.transactionIds],
    }),
  );
}

export function least(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.min(left, right);
}

export function greatest(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined || right === undefined ? (left ?? right) : Math.max(left, right);
}

function openGroup(groups: Groups, key: GroupKey): OpenGroup | undefined {
  const known = groups.open.get(identity(key));
  if (known) return known;
  if (key.status >= 400 ? groups.failing < MAX_FAILING_GROUPS : groups.others < MAX_OTHER_GROUPS) {
    if (key.status >= 400) groups.failing += 1;
    else groups.others += 1;
    return insert(groups, key);
  }
  const { originalHost: _originalHost, host: _host, path: _path, method: _method, ...coarse } = key;
  const gathered = groups.open.get(identity(coarse));
  if (gathered) return gathered;
  if (groups.coarse >= MAX_COARSE_GROUPS) return undefined;
  groups.coarse += 1;
  return insert(groups, coarse);
}

function insert(groups: Groups, key: GroupKey): OpenGroup {
  const group: OpenGroup = { key, count: 0, transactionIds: new Set(), samplers: {}, spreads: {} };
  groups.open.set(identity(key), group);
  return group;
}

function identity(key: GroupKey): string {
  return [
    key.pool,
    key.setting,
    key.listener,
    key.member,
    key.status,
    key.serverStatus,
    key.errorInfo,
    key.originalHost,
    key.host,
    key.path,
    key.method,
    key.wafMode,
  ].join('\n');
}

function addMeasure(group: OpenGroup, row: AccessRow, measure: Measure): void {
  const spread = row.spreads?.[measure];
  if (spread) {
    group.spreads[measure] = mergeSpreads(group.spreads[measure], spread, group.count, row.count);
    return;
  }
  const value = row.values[measure];
  if (value === undefined || value < 0) return;
  const sampler = group.samplers[measure] ?? newSampler();
  group.samplers[measure] = sampler;
  addValue(sampler, value);
}

function closeMeasure(group: OpenGroup, measure: Measure): Spread | undefined {
  const sampler = group.samplers[measure];
  const sampled = sampler && spreadOf(sampler);
  return mergeSpreads(group.spreads[measure], sampled, group.count - (sampler?.count ?? 0), sampler?.count ?? 0);
}
