import type { PrivateDns, PrivateEndpoint, PrivateZone, ZoneLink, ZoneRecord } from '../../core/network.ts';
import { lastSegment } from '../../core/resource-id.ts';
import { reasonOfNoAnswer } from '../error-answer.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { type Fields, fieldsOf, first, flatFieldsOf, isObject, listOf, present, textOf, textsOf } from '../json.ts';
import { isEmptyList, isOfType, listedIn, lists, reasonOfNextPage, referredIds } from '../listed.ts';

/**
 * Private DNS zones that can hold the members' names, with the networks that they are linked to and their records; and the
 * private endpoints that stand for these names. As Resource Graph answers in one list, or as `az network private-dns zone
 * list`, `link vnet list`, `record-set list` and `az network private-endpoint list` print them.
 */
export const privateDns = {
  name: 'private-dns',
  title: 'Private DNS and private endpoints',
  recognise: (document) => lists(document, (item) => kindOf(item) !== undefined),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

type Kind = 'zone' | 'link' | ZoneRecord['type'] | 'endpoint';

const IN_ZONE = /^(.*\/privatednszones\/([^/]+))(?:\/(virtualnetworklinks|a|aaaa|cname)\/([^/]+))?$/i;

function kindOf(item: unknown): Kind | undefined {
  if (!isObject(item)) return undefined;
  const fields = flatFieldsOf(item);
  if (isOfType(item, 'privateEndpoints'))
    return fields.has('privatelinkserviceconnections') || fields.has('manualprivatelinkserviceconnections')
      ? 'endpoint'
      : undefined;
  const [, , , inner] = IN_ZONE.exec(textOf(fields.get('id')) ?? '') ?? [];
  switch (inner?.toLowerCase()) {
    case undefined:
      return isOfType(item, 'privateDnsZones') ? 'zone' : undefined;
    case 'virtualnetworklinks':
      return fields.has('virtualnetwork') ? 'link' : undefined;
    case 'a':
      return fields.has('arecords') || fields.has('ipv4records') ? 'A' : undefined;
    case 'aaaa':
      return fields.has('aaaarecords') ? 'AAAA' : undefined;
    default:
      return fields.has('cnamerecord') ? 'CNAME' : undefined;
  }
}

function read(documents: readonly unknown[]): ReadResult {
  const items = documents.flatMap(listedIn);
  const of = (...kinds: readonly Kind[]) =>
    items.filter((item) => kinds.includes(kindOf(item) ?? 'zone') && kindOf(item) !== undefined).map(flatFieldsOf);
  // One answer that was asked for links and records of every zone tells of a zone without any that it has none.
  const isWhole = documents.some(
    (document) => fieldsOf(fieldsOf(document).get('asked')).get('isWhole'.toLowerCase()) === true,
  );
  const links = of('link');
  const records = of('A', 'AAAA', 'CNAME');
  const zones = zonesIn([...of('zone'), ...links, ...records]).map((zone) =>
    present<PrivateZone>({
      ...zone,
      links: isWhole || links.length > 0 ? within(zone, links).flatMap(readLink) : undefined,
      records: isWhole || within(zone, records).length > 0 ? within(zone, records).flatMap(readRecord) : undefined,
    }),
  );
  const endpoints = of('endpoint').flatMap(readEndpoint);
  const reason = reasonOfNextPage(documents);
  const reading: PrivateDns = { zones, endpoints };
  if (zones.length + endpoints.length > 0)
    return present<ReadResult>({ state: 'ok', reason, reading: { privateDns: reading } });
  if (documents.length > 0 && documents.every(isEmptyList))
    return {
      state: 'empty',
      reason: 'no private zone and no private endpoint for the names of the members can be seen',
      reading: isWhole ? { privateDns: reading } : {},
    };
  return { state: 'failed', reason: reasonOfNoAnswer(documents, 'private DNS'), reading: {} };
}

/** The zones that are listed, and those of which only a link or a record is, each once. */
function zonesIn(items: readonly Fields[]): readonly Pick<PrivateZone, 'id' | 'name'>[] {
  const zones = items.flatMap((fields) => {
    const [, id, name] = IN_ZONE.exec(textOf(fields.get('id')) ?? '') ?? [];
    return id === undefined || name === undefined ? [] : [{ id, name: name.toLowerCase() }];
  });
  return [...new Map(zones.map((zone) => [zone.id.toLowerCase(), zone])).values()];
}

function within({ id = '' }: Pick<PrivateZone, 'id'>, items: readonly Fields[]): readonly Fields[] {
  return items.filter((fields) => textOf(fields.get('id'))?.toLowerCase().startsWith(`${id.toLowerCase()}/`) === true);
}

function readLink(fields: Fields): readonly ZoneLink[] {
  const networkId = textOf(fieldsOf(fields.get('virtualnetwork')).get('id'));
  if (networkId === undefined) return [];
  return [
    present<ZoneLink>({
      networkId,
      state: textOf(fields.get('virtualnetworklinkstate')),
      fallsBack: /^nxdomainredirect$/i.test(textOf(fields.get('resolutionpolicy')) ?? ''),
    }),
  ];
}

function readRecord(fields: Fields): readonly ZoneRecord[] {
  const [, , , kind = '', name = ''] = IN_ZONE.exec(textOf(fields.get('id')) ?? '') ?? [];
  const type = (['A', 'AAAA', 'CNAME'] as const).find((known) => known === kind.toUpperCase());
  if (!type) return [];
  const values = {
    A: () => listOf(fields.get('arecords')).flatMap((one) => textsOf(fieldsOf(one).get('ipv4address'))),
    AAAA: () => listOf(fields.get('aaaarecords')).flatMap((one) => textsOf(fieldsOf(one).get('ipv6address'))),
    CNAME: () => textsOf(fieldsOf(fields.get('cnamerecord')).get('cname')),
  }[type]();
  return [{ name: name.toLowerCase(), type, values }];
}

function readEndpoint(fields: Fields): readonly PrivateEndpoint[] {
  const id = textOf(fields.get('id'));
  if (id === undefined) return [];
  const configs = listOf(fields.get('customdnsconfigs')).map(flatFieldsOf);
  const fixed = listOf(fields.get('ipconfigurations')).map(flatFieldsOf);
  const connections = [
    ...listOf(fields.get('privatelinkserviceconnections')),
    ...listOf(fields.get('manualprivatelinkserviceconnections')),
  ].map(flatFieldsOf);
  const [connection] = connections;
  return [
    present<PrivateEndpoint>({
      id,
      name: textOf(fields.get('name')) ?? lastSegment(id),
      fqdns: configs.flatMap((config) => textsOf(config.get('fqdn'))),
      addresses: [
        ...new Set([
          ...configs.flatMap((config) => textsOf(config.get('ipaddresses'))),
          ...fixed.flatMap((config) => textsOf(config.get('privateipaddress'))),
        ]),
      ],
      subnetId: referredIds(fields.get('subnet'))[0],
      interfaceIds: referredIds(fields.get('networkinterfaces')),
      targetId: connection && textOf(connection.get('privatelinkserviceid')),
      state: connection && textOf(first(fieldsOf(connection.get('privatelinkserviceconnectionstate')), 'status')),
    }),
  ];
}
