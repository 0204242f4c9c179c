import type { AddressOwner } from '../../core/network.ts';
import { lastSegment } from '../../core/resource-id.ts';
import { reasonOfNoAnswer } from '../error-answer.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { type Fields, fieldsOf, flatFieldsOf, isObject, listOf, present, textOf, textsOf } from '../json.ts';
import { isEmptyList, isOfType, listedIn, lists, reasonOfNextPage } from '../listed.ts';

/**
 * What members are that have no network interface: frontends of load balancers (a cluster's among them) and firewalls,
 * public addresses, App Service apps, storage accounts, container groups. As Resource Graph answers, or as `az network lb
 * list`, `az webapp list` and the like print them.
 */
export const addressOwners = {
  name: 'address-owners',
  title: 'Owners of addresses and names',
  recognise: (document) => lists(document, (item) => kindOf(item) !== undefined),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** The types, each with the field that tells a resource from a mere reference to one. */
const TYPES = [
  ['loadBalancers', 'frontendipconfigurations', 'load-balancer'],
  ['azureFirewalls', 'ipconfigurations', 'firewall'],
  ['publicIPAddresses', 'ipaddress', 'public-address'],
  ['sites', 'defaulthostname', 'app'],
  ['storageAccounts', 'primaryendpoints', 'storage'],
  ['containerGroups', 'ipaddress', 'containers'],
] as const;

function kindOf(item: unknown): AddressOwner['kind'] | undefined {
  if (!isObject(item)) return undefined;
  const fields = flatFieldsOf(item);
  return TYPES.find(([type, field]) => isOfType(item, type) && fields.has(field))?.[2];
}

function read(documents: readonly unknown[]): ReadResult {
  const owners = documents.flatMap(listedIn).flatMap((item) => {
    const kind = kindOf(item);
    return kind === undefined ? [] : readOwner(kind, flatFieldsOf(item));
  });
  const addressOwners = [...new Map(owners.map((owner) => [owner.id.toLowerCase(), owner])).values()];
  const reason = reasonOfNextPage(documents);
  if (addressOwners.length > 0) return present<ReadResult>({ state: 'ok', reason, reading: { addressOwners } });
  if (documents.length > 0 && documents.every(isEmptyList))
    return {
      state: 'empty',
      reason: 'no load balancer, app or other owner of the addresses can be seen',
      reading: { addressOwners: [] },
    };
  return { state: 'failed', reason: reasonOfNoAnswer(documents, 'an owner of addresses'), reading: {} };
}

function readOwner(kind: AddressOwner['kind'], fields: Fields): readonly AddressOwner[] {
  const id = textOf(fields.get('id'));
  if (id === undefined) return [];
  const access = textOf(fields.get('publicnetworkaccess'))?.toLowerCase();
  return [
    present<AddressOwner>({
      id,
      name: textOf(fields.get('name')) ?? lastSegment(id),
      kind,
      addresses: [...new Set(addressesIn(kind, fields))],
      names: [...new Set(namesIn(kind, fields).map((name) => name.toLowerCase()))],
      state: kind === 'app' ? textOf(fields.get('state')) : undefined,
      hasPublicAccess: access === 'disabled' ? false : access === 'enabled' ? true : undefined,
    }),
  ];
}

function addressesIn(kind: AddressOwner['kind'], fields: Fields): readonly string[] {
  const field = { 'load-balancer': 'frontendipconfigurations', firewall: 'ipconfigurations' }[kind as string];
  if (field !== undefined)
    return listOf(fields.get(field)).flatMap((part) => textsOf(flatFieldsOf(part).get('privateipaddress')));
  if (kind === 'public-address') return textsOf(fields.get('ipaddress'));
  return kind === 'containers' ? textsOf(fieldsOf(fields.get('ipaddress')).get('ip')) : [];
}

function namesIn(kind: AddressOwner['kind'], fields: Fields): readonly string[] {
  if (kind === 'app') return [...textsOf(fields.get('defaulthostname')), ...textsOf(fields.get('hostnames'))];
  if (kind === 'public-address') return textsOf(fieldsOf(fields.get('dnssettings')).get('fqdn'));
  if (kind !== 'storage') return [];
  const endpoints = fieldsOf(fields.get('primaryendpoints'));
  return ['blob', 'web'].flatMap((name) => hostIn(textOf(endpoints.get(name))) ?? []);
}

function hostIn(url: string | undefined): string | undefined {
  return url === undefined ? undefined : /^https?:\/\/([\w.-]+)/i.exec(url)?.[1];
}
