import type { ConnectivityCheck, ConnectivityHop, ConnectivityIssue } from '../../core/network.ts';
import { reasonOfNoAnswer } from '../error-answer.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import {
  type Fields,
  fieldsOf,
  first,
  flatFieldsOf,
  isObject,
  listOf,
  numberOf,
  present,
  textOf,
  textsOf,
} from '../json.ts';
import { listedIn, lists } from '../listed.ts';

/** What Network Watcher met on the way from the gateway to a member. */
export const connectivityCheck = {
  name: 'connectivity-check',
  title: 'Connectivity check',
  recognise: (document) => lists(document, isCheck),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

const MAX_HOPS = 100;
const MAX_ISSUES = 50;
const MAX_CONTEXT = 20;
const MAX_CONTEXT_LENGTH = 500;

function isCheck(item: unknown): boolean {
  const fields = flatFieldsOf(item);
  return textOf(fields.get('connectionstatus')) !== undefined && fields.has('hops');
}

function checksIn(document: unknown): readonly unknown[] {
  return listedIn(document).filter(isCheck);
}

function read(documents: readonly unknown[]): ReadResult {
  const connectivity = documents.flatMap(checksIn).flatMap((item) => readCheck(flatFieldsOf(item)) ?? []);
  if (connectivity.length > 0) return { state: 'ok', reading: { connectivity } };
  return { state: 'failed', reason: reasonOfNoAnswer(documents, 'a connectivity check'), reading: {} };
}

function readCheck(fields: Fields): ConnectivityCheck | undefined {
  const status = textOf(fields.get('connectionstatus'))?.slice(0, 40);
  if (status === undefined) return undefined;
  const hops = listOf(fields.get('hops')).filter(isObject).slice(0, MAX_HOPS).map(fieldsOf);
  const source = hops.find((hop) => textOf(hop.get('type'))?.toLowerCase() === 'source') ?? hops[0];
  const last = lastHop(hops);
  // A caller may keep what was asked beside what was answered.
  const asked = flatFieldsOf(fields.get('destination'));
  return present<ConnectivityCheck>({
    status,
    sourceId: textOf(source?.get('resourceid')) ?? textOf(fieldsOf(fields.get('source')).get('resourceid')),
    destination:
      textOf(first(asked, 'address', 'resourceid')) ??
      (last === source ? undefined : textOf(last && first(last, 'address', 'resourceid'))),
    destinationPort: numberOf(first(asked, 'port') ?? fields.get('destinationport')),
    probesSent: numberOf(fields.get('probessent')),
    probesFailed: numberOf(fields.get('probesfailed')),
    hops: hops.map(readHop),
  });
}

/** The only hop that leads to no other one; the last of the list where several do, or none. */
function lastHop(hops: readonly Fields[]): Fields | undefined {
  const ends = hops.filter((hop) => textsOf(hop.get('nexthopids')).length === 0);
  return ends.length === 1 ? ends[0] : hops.at(-1);
}

function readHop(hop: Fields): ConnectivityHop {
  return present<ConnectivityHop>({
    type: textOf(hop.get('type')),
    address: textOf(hop.get('address')),
    resourceId: textOf(hop.get('resourceid')),
    issues: listOf(hop.get('issues'))
      .slice(0, MAX_ISSUES)
      .flatMap((issue) => readIssue(fieldsOf(issue)) ?? []),
  });
}

function readIssue(issue: Fields): ConnectivityIssue | undefined {
  const type = textOf(issue.get('type'));
  if (type === undefined) return undefined;
  return present<ConnectivityIssue>({
    type,
    origin: textOf(issue.get('origin')),
    severity: textOf(issue.get('severity')),
    context: listOf(issue.get('context')).slice(0, MAX_CONTEXT).map(readContext),
  });
}

/** `[{"key": "RuleName", "value": "x"}]` and `[{"RuleName": "x"}]` mean the same. */
function readContext(value: unknown): Readonly<Record<string, string>> {
  const fields = fieldsOf(value);
  const key = textOf(fields.get('key'));
  const entries: readonly (readonly [string, unknown])[] =
    key !== undefined && fields.has('value')
      ? [[key, fields.get('value')]]
      : Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(
    entries.slice(0, MAX_CONTEXT).flatMap(([name, item]) => {
      const text = textOf(item)?.slice(0, MAX_CONTEXT_LENGTH);
      return text === undefined ? [] : [[name.slice(0, 100), text]];
    }),
  );
}
