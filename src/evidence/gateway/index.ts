import type { BackendPool, BackendSetting, Gateway, Listener, Probe, TrustedRoot } from '../../core/gateway.ts';
import { lastSegment, parseGatewayId } from '../../core/resource-id.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import {
  booleanOf,
  type Fields,
  fieldsOf,
  first,
  flatFieldsOf,
  isObject,
  listOf,
  numberOf,
  present,
  textOf,
} from '../json.ts';
import { namesReferredTo, referredName } from './reference.ts';
import { readRoutes } from './routes.ts';

/** The gateway's configuration and its own state. */
export const gateway = {
  name: 'gateway',
  title: 'Gateway configuration',
  isFirst: true,
  recognise: (document) => gatewaysIn(document).length > 0,
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** The gateways in a document: a resource, a list as `az ... list` prints it, or ARM's `{"value": []}`. */
export function gatewaysIn(document: unknown): readonly unknown[] {
  if (isGateway(document)) return [document];
  if (Array.isArray(document)) return document.slice(0, MAX_LISTED).filter(isGateway);
  const value = isObject(document) ? document.value : undefined;
  return Array.isArray(value) ? value.slice(0, MAX_LISTED).filter(isGateway) : [];
}

/** A list that is longer holds something else: log records by the thousand, for one. */
const MAX_LISTED = 1_000;

function isGateway(value: unknown): boolean {
  if (!isObject(value)) return false;
  const fields = flatFieldsOf(value);
  if (textOf(fields.get('type'))?.toLowerCase() === 'microsoft.network/applicationgateways') return true;
  if (!fields.has('backendaddresspools')) return false;
  return ['httplisteners', 'listeners', 'gatewayipconfigurations', 'operationalstate', 'sku'].some((name) =>
    fields.has(name),
  );
}

/** Reads one gateway. Several at once are refused, since nothing here tells which of them is meant. */
function read(documents: readonly unknown[]): ReadResult {
  const found = documents.flatMap(gatewaysIn);
  const ids = new Set(found.map((value) => (idOf(flatFieldsOf(value)) ?? '').toLowerCase()));
  const fields = flatFieldsOf(found[0]);
  if (found.length === 0)
    return { state: 'failed', reason: 'the answer does not have the shape of an application gateway', reading: {} };
  if (ids.size > 1)
    return { state: 'failed', reason: `these are ${ids.size} gateways; give the one in question`, reading: {} };
  if (!fields.has('backendaddresspools'))
    return { state: 'failed', reason: 'the gateway was shown without its configuration', reading: {} };
  return { state: 'ok', reading: { gateway: readGateway(fields) } };
}

function idOf(fields: Fields): string | undefined {
  return textOf(fields.get('id'));
}

function readGateway(fields: Fields): Gateway {
  const id = idOf(fields);
  return present<Gateway>({
    id,
    name: textOf(fields.get('name')) ?? parseGatewayId(id ?? '')?.name,
    location: textOf(fields.get('location')),
    tier: readTier(fields),
    operationalState: textOf(fields.get('operationalstate')),
    provisioningState: textOf(fields.get('provisioningstate')),
    autoscaleMaxCapacity: numberOf(fieldsOf(fields.get('autoscaleconfiguration')).get('maxcapacity')),
    fixedCapacity: numberOf(fieldsOf(fields.get('sku')).get('capacity')),
    frontends: readFrontends(parts(fields, 'frontendipconfigurations')),
    requestBufferingEnabled: booleanOf(fieldsOf(fields.get('globalconfiguration')).get('enablerequestbuffering')),
    tags: readTags(first(fields, 'tags', 'tag')),
    subnetIds: parts(fields, 'gatewayipconfigurations').flatMap(
      (part) => textOf(fieldsOf(part.get('subnet')).get('id')) ?? [],
    ),
    wafAttached: readWafAttached(fields),
    pools: parts(fields, 'backendaddresspools').map(readPool),
    settings: [
      ...parts(fields, 'backendhttpsettingscollection').map(readHttpSetting),
      ...parts(fields, 'backendsettingscollection').map(readSetting),
    ],
    probes: parts(fields, 'probes').map(readProbe),
    listeners: [...parts(fields, 'httplisteners'), ...parts(fields, 'listeners')].map(readListener),
    routes: readRoutes(fields),
    trustedRootNames: parts(fields, 'trustedrootcertificates').map(readName),
    trustedRoots: readTrustedRoots(parts(fields, 'trustedrootcertificates')),
  });
}

const MAX_ROOTS = 100;
const MAX_ROOT_LENGTH = 20_000;
/** How the Base64 of a certificate begins: of its bytes, or of a text that begins with a line of hyphens. */
const CERTIFICATE_DATA = /^(MI[A-P]|LS0tLS1CRUdJTi)[\w+/=\s]*$/;

function readTrustedRoots(roots: readonly Fields[]): readonly TrustedRoot[] | undefined {
  const shown = roots.slice(0, MAX_ROOTS).flatMap((part) => {
    const data = textOf(part.get('data'));
    const isLegible = data !== undefined && data.length <= MAX_ROOT_LENGTH && CERTIFICATE_DATA.test(data);
    return isLegible ? [{ name: readName(part), data }] : [];
  });
  return shown.length > 0 ? shown : undefined;
}

/** A frontend has a public address, or a subnet of the network to take a private one from. */
function readFrontends(frontends: readonly Fields[]): Gateway['frontends'] {
  if (frontends.length === 0) return undefined;
  const isPublic = frontends.some((frontend) => frontend.has('publicipaddress'));
  const isPrivate = frontends.some(
    (frontend) => !frontend.has('publicipaddress') && (frontend.has('subnet') || frontend.has('privateipaddress')),
  );
  return isPublic || isPrivate ? { isPublic, isPrivate } : undefined;
}

function parts(fields: Fields, name: string): readonly Fields[] {
  return listOf(fields.get(name)).filter(isObject).map(flatFieldsOf);
}

function readName(part: Fields): string {
  return textOf(part.get('name')) ?? lastSegment(idOf(part) ?? '');
}

/** The tier; where only the SKU's name is shown, that of v2 is its tier, and `Standard_Small` is of tier `Standard`. */
function readTier(fields: Fields): string | undefined {
  const sku = fieldsOf(fields.get('sku'));
  return textOf(sku.get('tier')) ?? textOf(sku.get('name'))?.replace(/_(small|medium|large)$/i, '');
}

function readTags(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (typeof item === 'string' ? [[key, item.slice(0, 1_000)]] : [])),
  );
}

/** A policy can hang on the gateway, on a listener or on a path rule; the inline configuration is the older way. */
function readWafAttached(fields: Fields): boolean | undefined {
  const rules = parts(fields, 'urlpathmaps').flatMap((map) => parts(map, 'pathrules'));
  if ([fields, ...parts(fields, 'httplisteners'), ...rules].some((part) => isObject(part.get('firewallpolicy'))))
    return true;
  const enabled = booleanOf(fieldsOf(fields.get('webapplicationfirewallconfiguration')).get('enabled'));
  if (enabled !== undefined) return enabled;
  const tier = readTier(fields);
  return tier === undefined || /^waf/i.test(tier) ? undefined : false;
}

function readPool(part: Fields): BackendPool {
  return {
    name: readName(part),
    addresses: listOf(part.get('backendaddresses')).flatMap((address) => {
      const fields = fieldsOf(address);
      return textOf(fields.get('fqdn')) ?? textOf(fields.get('ipaddress')) ?? [];
    }),
    nicIpConfigurationIds: listOf(part.get('backendipconfigurations')).flatMap(
      (reference) => textOf(fieldsOf(reference).get('id')) ?? [],
    ),
  };
}

function readHttpSetting(part: Fields): BackendSetting {
  return present<BackendSetting>({
    ...readSetting(part),
    requestTimeoutSeconds: numberOf(part.get('requesttimeout')),
    path: textOf(part.get('path')),
    cookieBasedAffinity: textOf(part.get('cookiebasedaffinity')),
    connectionDrainingEnabled: booleanOf(fieldsOf(part.get('connectiondraining')).get('enabled')),
    validateCertChainAndExpiry: booleanOf(part.get('validatecertchainandexpiry')),
    validateSni: booleanOf(part.get('validatesni')),
    sniName: textOf(part.get('sniname')),
    dedicatedBackendConnection: booleanOf(part.get('dedicatedbackendconnection')),
  });
}

/** What layer 7 and layer 4 settings share. A layer 4 `timeout` closes idle connections and is no request timeout. */
function readSetting(part: Fields): BackendSetting {
  return present<BackendSetting>({
    name: readName(part),
    protocol: textOf(part.get('protocol')),
    port: numberOf(part.get('port')),
    hostName: textOf(part.get('hostname')),
    pickHostNameFromBackendAddress: booleanOf(part.get('pickhostnamefrombackendaddress')),
    probeName: referredName(part.get('probe')),
    trustedRootNames: namesReferredTo(part.get('trustedrootcertificates')),
  });
}

function readProbe(part: Fields): Probe {
  const match = fieldsOf(part.get('match'));
  return present<Probe>({
    name: readName(part),
    protocol: textOf(part.get('protocol')),
    host: textOf(part.get('host')),
    path: textOf(part.get('path')),
    port: numberOf(part.get('port')),
    intervalSeconds: numberOf(part.get('interval')),
    timeoutSeconds: numberOf(part.get('timeout')),
    unhealthyThreshold: numberOf(part.get('unhealthythreshold')),
    minServers: numberOf(part.get('minservers')),
    pickHostNameFromBackendSetting: booleanOf(
      first(part, 'pickhostnamefrombackendhttpsettings', 'pickhostnamefrombackendsettings'),
    ),
    acceptedStatusCodes: statusCodes(match.get('statuscodes')),
    matchBody: textOf(match.get('body')),
  });
}

function statusCodes(value: unknown): readonly string[] {
  const codes = Array.isArray(value) ? value : [value];
  return codes.flatMap((code) => textOf(code)?.trim() ?? []);
}

function readListener(part: Fields): Listener {
  const names = [part.get('hostname'), ...(Array.isArray(part.get('hostnames')) ? listOf(part.get('hostnames')) : [])];
  return present<Listener>({
    name: readName(part),
    protocol: textOf(part.get('protocol')),
    hostNames: [...new Set(names.flatMap((name) => textOf(name) ?? []))],
  });
}
