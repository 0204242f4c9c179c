import type { FlowTest, HopTest } from '../../core/network.ts';
import { reasonOfNoAnswer } from '../error-answer.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { type Fields, fieldsOf, first, flatFieldsOf, isObject, numberOf, present, textOf } from '../json.ts';
import { listedIn, lists } from '../listed.ts';

/**
 * Network Watcher's word on a member's interface: whether its security rules let a packet of the gateway in (IP flow
 * verify), and where its routes take the answer (next hop). The answers do not repeat what was asked, so the collector
 * keeps that beside them.
 */
export const ipFlow = {
  name: 'ip-flow',
  title: 'IP flow verify and next hop',
  recognise: (document) => lists(document, (item) => isFlow(item) || isHop(item)),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** A rule has a priority, an interface or a route a prefix; this answer has a verdict and the name of a rule. */
function isFlow(item: unknown): boolean {
  const fields = fieldsOf(item);
  if (['priority', 'direction', 'properties', 'name', 'effectivesecurityrules'].some((name) => fields.has(name)))
    return false;
  return accessOf(fields) !== undefined && fields.has('rulename');
}

function isHop(item: unknown): boolean {
  const fields = fieldsOf(item);
  if (['addressprefix', 'properties', 'name', 'source', 'state'].some((name) => fields.has(name))) return false;
  return textOf(fields.get('nexthoptype')) !== undefined;
}

function accessOf(fields: Fields): FlowTest['access'] | undefined {
  const word = textOf(fields.get('access'))?.toLowerCase();
  return word === 'allow' || word === 'deny' ? word : undefined;
}

function read(documents: readonly unknown[]): ReadResult {
  const items = documents.flatMap(listedIn).filter(isObject);
  const flows = items.filter(isFlow).flatMap((item) => readFlow(fieldsOf(item)));
  const hops = items.filter(isHop).flatMap((item) => readHop(fieldsOf(item)));
  if (flows.length + hops.length > 0) return { state: 'ok', reading: { pathTests: { flows, hops } } };
  return { state: 'failed', reason: reasonOfNoAnswer(documents, 'IP flow verify or next hop'), reading: {} };
}

function readFlow(fields: Fields): readonly FlowTest[] {
  const access = accessOf(fields);
  if (access === undefined) return [];
  const asked = flatFieldsOf(fields.get('asked'));
  const direction = textOf(asked.get('direction'))?.toLowerCase();
  return [
    present<FlowTest>({
      ...endsOf(asked, 'localipaddress', 'remoteipaddress'),
      direction: direction === 'inbound' || direction === 'outbound' ? direction : undefined,
      localPort: numberOf(asked.get('localport')),
      access,
      rule: plainRule(textOf(fields.get('rulename'))),
    }),
  ];
}

function readHop(fields: Fields): readonly HopTest[] {
  const nextHopType = textOf(fields.get('nexthoptype'))?.slice(0, 60);
  if (nextHopType === undefined) return [];
  const table = textOf(fields.get('routetableid'));
  return [
    present<HopTest>({
      ...endsOf(flatFieldsOf(fields.get('asked')), 'sourceipaddress', 'destinationipaddress'),
      nextHopType,
      nextHopAddress: textOf(fields.get('nexthopipaddress')),
      // The service writes `System Route` in place of the id.
      routeTableId: table?.startsWith('/') ? table : undefined,
    }),
  ];
}

function endsOf(asked: Fields, local: string, remote: string) {
  return {
    nicId: textOf(asked.get('targetnicresourceid')),
    machineId: textOf(first(asked, 'targetresourceid')),
    localAddress: textOf(asked.get(local)),
    remoteAddress: textOf(asked.get(remote)),
    gatewaySubnetId: textOf(asked.get('gatewaysubnetid')),
  };
}

/** `securityRules/web` and `UserRule_web` are the rule `web`. */
function plainRule(name: string | undefined): string | undefined {
  return name?.replace(/^(securityRules\/|defaultSecurityRules\/|UserRule_|DefaultRule_)/i, '').slice(0, 200);
}
