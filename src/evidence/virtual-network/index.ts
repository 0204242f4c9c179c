import type { Peering, Subnet, VirtualNetwork } from '../../core/network.ts';
import { lastSegment } from '../../core/resource-id.ts';
import { reasonOfNoAnswer } from '../error-answer.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import {
  booleanOf,
  type Fields,
  fieldsOf,
  first,
  flatFieldsOf,
  isObject,
  listOf,
  present,
  textOf,
  textsOf,
} from '../json.ts';
import { isEmptyList, isOfType, listedIn, lists, reasonOfNextPage } from '../listed.ts';

/** The gateway's virtual network, and those of members elsewhere: address ranges, DNS servers, subnets and peerings. */
export const virtualNetwork = {
  name: 'virtual-network',
  title: 'Virtual networks',
  recognise: (document) => lists(document, isNetwork),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

function isNetwork(item: unknown): boolean {
  if (!isObject(item)) return false;
  const fields = flatFieldsOf(item);
  return isOfType(item, 'virtualNetworks') && isObject(fields.get('addressspace')) && fields.has('id');
}

function read(documents: readonly unknown[]): ReadResult {
  const found = documents.flatMap((document) => listedIn(document).filter(isNetwork)).flatMap(readNetwork);
  const networks = [...new Map(found.map((network) => [network.id.toLowerCase(), network])).values()];
  const reason = reasonOfNextPage(documents);
  if (networks.length > 0) return present<ReadResult>({ state: 'ok', reason, reading: { networks } });
  if (documents.length > 0 && documents.every(isEmptyList))
    return { state: 'empty', reason: 'the answer lists no virtual network', reading: {} };
  return { state: 'failed', reason: reasonOfNoAnswer(documents, 'a virtual network'), reading: {} };
}

function readNetwork(item: unknown): readonly VirtualNetwork[] {
  const fields = flatFieldsOf(item);
  const id = textOf(fields.get('id'));
  const prefixes = prefixesOf(fields.get('addressspace'));
  if (id === undefined || prefixes.length === 0) return [];
  return [
    present<VirtualNetwork>({
      id,
      name: textOf(fields.get('name')) ?? lastSegment(id),
      prefixes,
      dnsServers: textsOf(fieldsOf(fields.get('dhcpoptions')).get('dnsservers')),
      subnets: listOf(fields.get('subnets')).map(flatFieldsOf).flatMap(readSubnet),
      peerings: listOf(fields.get('virtualnetworkpeerings')).filter(isObject).map(flatFieldsOf).map(readPeering),
    }),
  ];
}

function prefixesOf(space: unknown): readonly string[] {
  return textsOf(fieldsOf(space).get('addressprefixes'));
}

function readSubnet(fields: Fields): readonly Subnet[] {
  const id = textOf(fields.get('id'));
  if (id === undefined) return [];
  return [
    present<Subnet>({
      id,
      name: textOf(fields.get('name')) ?? lastSegment(id),
      prefixes: [...new Set([...textsOf(fields.get('addressprefix')), ...textsOf(fields.get('addressprefixes'))])],
      securityGroupId: idIn(fields, 'networksecuritygroup'),
      routeTableId: idIn(fields, 'routetable'),
    }),
  ];
}

/** Older answers call the ranges of the other network `remoteAddressSpace` alone. */
function readPeering(fields: Fields): Peering {
  const remotePrefixes = prefixesOf(fields.get('remoteaddressspace'));
  const remotePrefixesNow = prefixesOf(fields.get('remotevirtualnetworkaddressspace'));
  return present<Peering>({
    name: textOf(fields.get('name')),
    state: textOf(fields.get('peeringstate')),
    syncLevel: textOf(first(fields, 'peeringsynclevel')),
    remoteNetworkId: idIn(fields, 'remotevirtualnetwork'),
    remotePrefixes: remotePrefixes.length > 0 ? remotePrefixes : remotePrefixesNow,
    remotePrefixesNow: remotePrefixesNow.length > 0 ? remotePrefixesNow : remotePrefixes,
    allowsAccess: booleanOf(fields.get('allowvirtualnetworkaccess')),
    allowsForwardedTraffic: booleanOf(fields.get('allowforwardedtraffic')),
    usesRemoteGateways: booleanOf(fields.get('useremotegateways')),
  });
}

function idIn(fields: Fields, name: string): string | undefined {
  return textOf(fieldsOf(fields.get(name)).get('id'));
}
