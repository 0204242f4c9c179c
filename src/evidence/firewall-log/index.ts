import type { FirewallRecord } from '../../core/traffic.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { type Fields, numberOf, present } from '../json.ts';
import { cell, holdsRows, partialErrorIn, pathOf, rowsIn } from '../log-rows.ts';

/** What the web application firewall did. Matched data and client addresses are never kept. */
export const firewallLog = {
  name: 'firewall-log',
  title: 'Firewall log',
  isFirst: true,
  recognise: (document) => holdsRows(document, 'firewall'),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** Records beyond this are gathered by action, rule and policy alone. */
const MAX_RECORDS = 2_000;
const MAX_COARSE_RECORDS = 1_000;

function read(documents: readonly unknown[]): ReadResult {
  if (!documents.some((document) => holdsRows(document, 'firewall')))
    return { state: 'failed', reason: 'the answer does not have the shape of a firewall log', reading: {} };
  const records = new Map<string, FirewallRecord>();
  let leftOut = 0;
  for (const document of documents) {
    for (const fields of rowsIn(document, 'firewall')) {
      if (fields === undefined || !add(records, readRecord(fields))) leftOut += 1;
    }
  }
  const error = documents.map(partialErrorIn).find((code) => code !== undefined);
  const reasons = [
    ...(error === undefined ? [] : [`the log query was answered only in part (${error})`]),
    ...(leftOut === 0 ? [] : [`${leftOut} firewall records were left out`]),
  ];
  if (records.size > 0)
    return present<ReadResult>({
      state: 'ok',
      reason: reasons.length === 0 ? undefined : reasons.join('; '),
      reading: { firewall: { records: [...records.values()] } },
    });
  if (reasons.length > 0) return { state: 'failed', reason: reasons.join('; '), reading: {} };
  return { state: 'empty', reason: 'the firewall log holds no record in the time that was read', reading: {} };
}

function readRecord(row: Fields): FirewallRecord {
  return present<FirewallRecord>({
    action: cell(row, 'action')?.slice(0, 40),
    ruleId: cell(row, 'ruleid')?.slice(0, 100),
    ruleGroup: cell(row, 'rulegroup')?.slice(0, 200),
    message: cell(row, 'message')?.slice(0, 300),
    path: pathOf(cell(row, 'path', 'requesturi')),
    hostname: cell(row, 'hostname')?.slice(0, 253),
    transactionId: cell(row, 'transactionid')?.slice(0, 64),
    policyId: cell(row, 'policyid')?.slice(0, 500),
    count: Math.max(1, Math.round(numberOf(row.get('requests')) ?? 1)),
  });
}

/** Whether the record found a place: with its like, as one more, or gathered by its rule alone. */
function add(records: Map<string, FirewallRecord>, record: FirewallRecord): boolean {
  if (insert(records, record, MAX_RECORDS)) return true;
  const { path: _path, hostname: _hostname, transactionId: _transactionId, message: _message, ...coarse } = record;
  return insert(records, coarse, MAX_RECORDS + MAX_COARSE_RECORDS);
}

function insert(records: Map<string, FirewallRecord>, record: FirewallRecord, limit: number): boolean {
  const { count, ...rest } = record;
  const key = JSON.stringify(rest);
  const known = records.get(key);
  if (!known && records.size >= limit) return false;
  records.set(key, { ...record, count: (known?.count ?? 0) + count });
  return true;
}
