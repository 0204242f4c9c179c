import type { NetworkInterface } from '../../core/network.ts';
import { lastSegment } from '../../core/resource-id.ts';
import { reasonOfNoAnswer } from '../error-answer.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { type Fields, fieldsOf, flatFieldsOf, isObject, listOf, present, textOf, textsOf } from '../json.ts';
import { isEmptyList, isOfType, listedIn, lists, reasonOfNextPage, referredIds } from '../listed.ts';

/** The network interfaces behind the pools' addresses, with the machine or private endpoint that they belong to. */
export const nics = {
  name: 'nics',
  title: 'Network interfaces',
  recognise: (document) => lists(document, isInterface),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** Gateways, firewalls and private links have IP configurations, too, so the type has to be that of an interface. */
function isInterface(item: unknown): boolean {
  if (!isObject(item) || !isOfType(item, 'networkInterfaces')) return false;
  const fields = flatFieldsOf(item);
  return fields.has('ipconfigurations') && textOf(fields.get('id')) !== undefined;
}

function interfacesIn(document: unknown): readonly unknown[] {
  return listedIn(document).filter(isInterface);
}

function read(documents: readonly unknown[]): ReadResult {
  const interfaces = new Map<string, NetworkInterface>();
  for (const nic of documents.flatMap(interfacesIn).flatMap((item) => readInterface(item) ?? [])) {
    const key = nic.id.toLowerCase();
    const powerState = nic.powerState ?? interfaces.get(key)?.powerState;
    interfaces.set(key, present<NetworkInterface>({ ...nic, powerState }));
  }
  const reason = reasonOfNextPage(documents);
  if (interfaces.size > 0)
    return present<ReadResult>({ state: 'ok', reason, reading: { interfaces: [...interfaces.values()] } });
  if (documents.length > 0 && documents.every(isEmptyList))
    return { state: 'empty', reason: 'the answer lists no network interface', reading: {} };
  return { state: 'failed', reason: reasonOfNoAnswer(documents, 'a network interface'), reading: {} };
}

function readInterface(item: unknown): NetworkInterface | undefined {
  const fields = flatFieldsOf(item);
  const id = textOf(fields.get('id'));
  if (id === undefined) return undefined;
  const configurations = listOf(fields.get('ipconfigurations')).map(flatFieldsOf);
  return present<NetworkInterface>({
    id,
    name: textOf(fields.get('name')) ?? lastSegment(id),
    addresses: unique(configurations.flatMap((part) => textsOf(part.get('privateipaddress')))),
    subnetIds: unique(configurations.flatMap((part) => referredIds(part.get('subnet')))),
    securityGroupId: idIn(fields, 'networksecuritygroup'),
    machineId: idIn(fields, 'virtualmachine') ?? instanceOf(id),
    privateEndpointId: idIn(fields, 'privateendpoint'),
    powerState: powerStateOf(fields),
    fqdns: namesOf(configurations),
    location: textOf(fields.get('location')),
  });
}

/** The names behind a private endpoint; each configuration of its interface stands for a part of the service. */
function namesOf(configurations: readonly Fields[]): readonly string[] | undefined {
  const names = configurations.flatMap((part) =>
    textsOf(fieldsOf(part.get('privatelinkconnectionproperties')).get('fqdns')),
  );
  return names.length === 0 ? undefined : unique(names);
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function idIn(fields: Fields, name: string): string | undefined {
  return textOf(fieldsOf(fields.get(name)).get('id'));
}

/** The interface of a scale-set instance lives inside the instance, and its id begins with the instance's. */
function instanceOf(id: string): string | undefined {
  return /^(.+\/virtualMachineScaleSets\/[^/]+\/virtualMachines\/[^/]+)\/networkInterfaces\//i.exec(id)?.[1];
}

/** `VM running`, `PowerState/deallocated`, or an instance view, which lists the power state among other statuses. */
function powerStateOf(fields: Fields): string | undefined {
  const view = flatFieldsOf(fields.get('instanceview') ?? fieldsOf(fields.get('extended')).get('instanceview'));
  const codes = listOf(view.get('statuses')).flatMap((status) => textOf(fieldsOf(status).get('code')) ?? []);
  const candidates = [
    textOf(fields.get('powerstate')),
    ...codes.filter((code) => /^PowerState\//i.test(code)),
    textOf(fieldsOf(view.get('powerstate')).get('code')),
    textOf(view.get('powerstate')),
  ];
  const text = candidates.find((candidate) => candidate !== undefined);
  const word = text
    ?.trim()
    .replace(/^(PowerState\/|VM )/i, '')
    .toLowerCase();
  return word !== undefined && /^[a-z][a-z ]{0,30}$/.test(word) ? word : undefined;
}
