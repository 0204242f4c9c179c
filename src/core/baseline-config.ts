/**
 * The configuration of a gateway, reduced to digests: enough to see that it changed, and in which parts, and nothing that
 * could be a secret. Only what a person or a pipeline writes counts; what the service changes by itself does not.
 */
export interface ConfigPrint {
  /** How it was made. Prints of different forms cannot be compared. */
  readonly form: string;
  /** Of the whole. */
  readonly hash: string;
  /** Of each part, by its name: `pool pool-orders`. Bounded. */
  readonly parts: Readonly<Record<string, string>>;
}

/**
 * The API version that the collector of the gateway asks with, and the version of this reduction. Another API version shows
 * other properties, which would look like a change of every part.
 */
export const CONFIG_FORM = '2026-01-01/1';

/** States, versions and marks that come and go without anybody changing what the gateway does. In lower case. */
const NOISE = new Set([
  'etag',
  'provisioningstate',
  'operationalstate',
  'resourceguid',
  'systemdata',
  // Ingress controllers write the time of their last update here.
  'tags',
  // References back: what refers to a part changed, and not the part.
  'requestroutingrules',
  'routingrules',
  'urlpathmaps',
  'pathrules',
  'httplisteners',
  'backendhttpsettings',
]);

/** Lists whose order matters to nobody but the service, by the name of their key. In lower case. */
const UNORDERED = new Set(['backendaddresses', 'backendipconfigurations', 'trustedrootcertificates', 'zones']);

/** The collections of a gateway, in lower case, as people call an entry of each. */
const NOUNS: Readonly<Record<string, string>> = {
  backendaddresspools: 'pool',
  backendhttpsettingscollection: 'setting',
  backendsettingscollection: 'setting',
  probes: 'probe',
  httplisteners: 'listener',
  listeners: 'listener',
  requestroutingrules: 'rule',
  routingrules: 'rule',
  urlpathmaps: 'path map',
  rewriterulesets: 'rewrite set',
  redirectconfigurations: 'redirect',
  sslcertificates: 'certificate',
  trustedrootcertificates: 'trusted root',
  trustedclientcertificates: 'trusted client root',
  authenticationcertificates: 'backend certificate',
  sslprofiles: 'TLS profile',
  frontendipconfigurations: 'frontend',
  frontendports: 'frontend port',
  gatewayipconfigurations: 'subnet of the gateway',
  loaddistributionpolicies: 'load distribution',
  privatelinkconfigurations: 'private link',
};

/** A gateway holds at most 100 pools, 100 settings, 200 listeners and 400 rules. */
const MAX_PARTS = 1_000;
const MAX_NAME_LENGTH = 80;
const PART_DIGITS = 8;
const WHOLE_DIGITS = 32;
const MAX_DEPTH = 12;

/**
 * Pure and total; `digest` is a stable short digest of a text. Takes the resource as Resource Manager answers it.
 * Undefined for what is no gateway.
 */
export function configPrint(raw: unknown, digest: (text: string, length: number) => string): ConfigPrint | undefined {
  const properties = fieldOf(raw, 'properties');
  if (!isObject(properties) || !Array.isArray(fieldOf(properties, 'backendAddressPools'))) return undefined;
  const parts: [string, string][] = [];
  for (const [key, value] of Object.entries({ ...properties, zones: fieldOf(raw, 'zones') })) {
    const lower = key.toLowerCase();
    const noun = NOUNS[lower];
    if (noun !== undefined && Array.isArray(value)) {
      for (const entry of value) parts.push([`${noun} ${nameOf(entry)}`, canonical(entry, lower)]);
    } else if (!NOISE.has(lower) && value !== undefined && value !== null) {
      parts.push([key, canonical(lower === 'sku' ? withoutCapacity(value, properties) : value, lower)]);
    }
  }
  const sorted = parts.filter(([, text]) => !isEmpty(text)).toSorted(([left], [right]) => (left < right ? -1 : 1));
  const digests = sorted.slice(0, MAX_PARTS).map(([name, text]) => [name, digest(text, PART_DIGITS)] as const);
  return {
    form: CONFIG_FORM,
    hash: digest(JSON.stringify(sorted), WHOLE_DIGITS),
    parts: Object.fromEntries(digests),
  };
}

/** The number of instances of a gateway that scales by itself is no configuration. */
function withoutCapacity(sku: unknown, properties: Readonly<Record<string, unknown>>): unknown {
  if (!isObject(sku) || !isObject(fieldOf(properties, 'autoscaleConfiguration'))) return sku;
  return Object.fromEntries(Object.entries(sku).filter(([key]) => key.toLowerCase() !== 'capacity'));
}

function isEmpty(text: string): boolean {
  return text === '[]' || text === '{}' || text === '""';
}

/** One text for what means one thing: keys in order, no noise, ids in lower case. */
function canonical(value: unknown, key: string, depth = 0): string {
  if (depth > MAX_DEPTH) return '"…"';
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(item, key, depth + 1));
    return `[${(UNORDERED.has(key) ? items.toSorted() : items).join(',')}]`;
  }
  if (isObject(value)) {
    const entries = Object.entries(value)
      .map(([name, item]) => [name.toLowerCase(), item] as const)
      // Path rules are the content of a path map, and only elsewhere a reference back.
      .filter(([name, item]) => item !== null && item !== undefined && (!NOISE.has(name) || isContent(name, item)))
      .map(([name, item]) => `${JSON.stringify(name)}:${canonical(item, name, depth + 1)}`)
      .toSorted();
    return `{${entries.join(',')}}`;
  }
  if (typeof value === 'string') return JSON.stringify(key === 'id' ? value.toLowerCase() : value);
  return JSON.stringify(value) ?? 'null';
}

/** A list of references holds nothing but ids; the thing itself has a name. One reference forward is content, too. */
function isContent(name: string, value: unknown): boolean {
  if (name === 'pathrules') return Array.isArray(value) && value.some((item) => fieldOf(item, 'name') !== undefined);
  return name === 'backendhttpsettings' && !Array.isArray(value);
}

function nameOf(entry: unknown): string {
  const name = fieldOf(entry, 'name');
  return typeof name === 'string' ? name.slice(0, MAX_NAME_LENGTH) : '(without a name)';
}

function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const MAX_CHANGED = 12;

/** Pure. What is different, by name: `pool pool-orders changed`. The names come from outside. */
export function changedParts(before: ConfigPrint['parts'], after: ConfigPrint['parts']): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  const changed = names.flatMap((name) => {
    const [was, is] = [ownOf(before, name), ownOf(after, name)];
    if (was === is) return [];
    return [`${name} ${was === undefined ? 'added' : is === undefined ? 'removed' : 'changed'}`];
  });
  const rest = changed.length - MAX_CHANGED;
  return rest > 0 ? [...changed.slice(0, MAX_CHANGED), `${rest} more`] : changed;
}

function ownOf(parts: ConfigPrint['parts'], name: string): string | undefined {
  return Object.hasOwn(parts, name) ? parts[name] : undefined;
}
