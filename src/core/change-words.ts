import type { Relation } from './change-scope.ts';
import type { Step } from './change-steps.ts';
import type { PropertyChange } from './changes.ts';
import type { FirstFailure } from './first-failure.ts';

/** How a change is told: the resource by its kind and name, what was done, who did it. Names come from outside. */

/** Types in lower case, as people call them. */
const NOUNS: Readonly<Record<string, string>> = {
  applicationgateways: 'gateway',
  networksecuritygroups: 'network security group',
  routetables: 'route table',
  virtualnetworks: 'virtual network',
  networkinterfaces: 'network interface',
  virtualmachines: 'virtual machine',
  virtualmachinescalesets: 'scale set',
  sites: 'app',
  serverfarms: 'App Service plan',
  managedclusters: 'cluster',
  privatednszones: 'private DNS zone',
  dnszones: 'DNS zone',
  privateendpoints: 'private endpoint',
  publicipaddresses: 'public IP address',
  loadbalancers: 'load balancer',
  azurefirewalls: 'firewall',
  firewallpolicies: 'firewall policy',
  applicationgatewaywebapplicationfirewallpolicies: 'WAF policy',
  vaults: 'key vault',
  containerapps: 'container app',
  securityrules: 'security rule',
  routes: 'route',
  subnets: 'subnet',
  virtualnetworkpeerings: 'peering',
  virtualnetworklinks: 'network link',
  extensions: 'extension',
  slots: 'slot',
  agentpools: 'node pool',
};

const VERBS: Readonly<Record<string, string>> = {
  write: 'written',
  delete: 'deleted',
  start: 'started',
  stop: 'stopped',
  restart: 'restarted',
  deallocate: 'deallocated',
  poweroff: 'switched off',
  redeploy: 'redeployed',
  reimage: 'reimaged',
  slotsswap: 'swapped between slots',
};

const MAX_NAME_LENGTH = 90;

/** `Security rule baseline of network security group nsg-orders was created`, from the steps of one resource. */
export function describeChange(steps: readonly Step[], type: string): string {
  // The innermost resource that an operation names says most; the record of properties is about the whole.
  const [deepest] = steps.toSorted((left, right) => depthOf(right) - depthOf(left));
  if (!deepest) return 'A resource was changed';
  const subject = describeResource(deepest.resourceId, type);
  const text = `${subject} was ${verbOf(deepest, steps)}`;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function depthOf({ resourceId }: Step): number {
  return resourceId.split('/').length;
}

function describeResource(id: string, type: string): string {
  const [, after = ''] = /\/providers\/[^/]+\/(.*)$/i.exec(id) ?? [];
  const parts = after.split('/');
  const named: string[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2) {
    const kind = parts[index] ?? '';
    // An instance of a scale set is a machine, too.
    const noun = index > 0 && /^virtualmachines$/i.test(kind) ? 'instance' : nounOf(kind);
    named.push(`${noun} ${(parts[index + 1] ?? '').slice(0, MAX_NAME_LENGTH)}`);
  }
  return named.length === 0 ? nounOf(type) || 'a resource' : named.slice(0, 3).toReversed().join(' of ');
}

function nounOf(type: string): string {
  const key = type.toLowerCase();
  return Object.hasOwn(NOUNS, key) ? (NOUNS[key] ?? type) : type.slice(0, MAX_NAME_LENGTH);
}

/** An action or a deletion says more than the record of what it changed, and that more than a mere write. */
function verbOf(deepest: Step, steps: readonly Step[]): string {
  const own = steps.filter(({ resourceId }) => resourceId.toLowerCase() === deepest.resourceId.toLowerCase());
  const done = own.filter(({ evidence }) => evidence === 'activity-log').map(({ operation }) => operation ?? '');
  const acted = done.find((operation) => !/\/write$/i.test(operation));
  const kind = own.find((step) => step.kind !== undefined)?.kind;
  if (acted === undefined && kind !== undefined)
    return { create: 'created', update: 'changed', delete: 'deleted' }[kind];
  const operation = (acted ?? done[0] ?? '').toLowerCase();
  const word =
    operation
      .replace(/\/action$/, '')
      .split('/')
      .at(-1) ?? '';
  if (Object.hasOwn(VERBS, word)) return VERBS[word] ?? 'changed';
  return /^[a-z]{1,40}$/.test(word) ? `changed (${word})` : 'changed';
}

/** Words for a client or a caller that is none. */
const NOBODY = /^(unknown|unspecified|none|n\/a|-)$/i;

/** `kim@contoso.com (Azure Portal)`. The record of properties knows the client, the activity log always knows a caller. */
export function describeAuthor(steps: readonly Step[]): string | undefined {
  const told = steps.filter(({ by }) => by !== undefined && !NOBODY.test(by));
  const step = told.find(({ by }) => !/^system$/i.test(by ?? '')) ?? told[0] ?? steps.find(({ byKind }) => byKind);
  if (!step) return undefined;
  const client = steps.find((one) => one.client !== undefined && !NOBODY.test(one.client))?.client;
  const { by, byKind } = step;
  const kind =
    byKind === undefined
      ? undefined
      : { person: 'a person', application: 'an application', platform: 'the platform' }[byKind];
  const isName = by !== undefined && !NOBODY.test(by) && !/^system$/i.test(by);
  const who = isName ? (byKind === 'application' ? `application ${by}` : by) : (kind ?? 'the platform');
  return client === undefined ? who : `${who} (${client})`;
}

/** What decides over traffic, and is worth naming before descriptions and the like. */
const TELLING = [
  /\b(access|nexthoptype|nexthopipaddress|operationalstate|networksecuritygroup|routetable|dnsservers)\b/i,
  /\b(backendaddresses|backendaddresspools|port|hostname|host|protocol|path|probe|requesttimeout|statuscodes|pickhost\w*)\b/i,
  /\b(securityrules|routes|priority|\w*addressprefix(es)?|\w*portranges?|subnets?|peering\w*|privateipaddress|capacity)\b/i,
  /certificate|sslpolicy|sslprofiles|trustedroot/i,
];

export interface ToldProperty {
  readonly property: string;
  readonly before?: string;
  readonly after?: string;
}

const NOT_SHOWN = '(not shown)';

/** Of several changed properties the one that tells most, with its values. */
export function tellingProperty(properties: readonly PropertyChange[]): ToldProperty | undefined {
  const rankOf = ({ path }: PropertyChange) => {
    const rank = TELLING.findIndex((pattern) => pattern.test(path));
    return rank < 0 ? TELLING.length : rank;
  };
  const [best] = properties.toSorted((left, right) => rankOf(left) - rankOf(right));
  if (!best) return undefined;
  const { path: property, before, after, isHidden } = best;
  if (isHidden) return { property, before: NOT_SHOWN, after: NOT_SHOWN };
  return { property, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

/** How the change stands to the failure. Every form of it says that this is no proof. */
export function sentenceOf({
  minutesBefore,
  relation,
  resources,
  failure,
  isLate,
}: {
  readonly minutesBefore: number;
  readonly relation: Relation;
  readonly resources: number;
  readonly failure: FirstFailure;
  /** Its record is younger than the first failure. */
  readonly isLate: boolean;
}): string {
  const { at, evidence, isOnset } = failure;
  const time = `${at.slice(0, 10)} ${at.slice(11, 16)} UTC by ${evidence}`;
  const first = isOnset ? `the first failure (${time})` : `the first failure that was read (${time})`;
  return [
    `It came ${howLong(minutesBefore)} ${first}: a correlation in time, not a proof.`,
    ...(isLate ? ['Its record is dated within a minute after that, when the operation was over.'] : []),
    ...(isOnset ? [] : ['Failures were there already when the reading begins, so an earlier change may matter more.']),
    ...(relation === 'maybe' ? ['Whether it is on the path of the requests that fail was not read.'] : []),
    ...(relation === 'elsewhere' ? ['It is not known to be on the path of the requests that fail.'] : []),
    ...(resources > 1 ? [`The same deployment changed ${resources} resources.`] : []),
  ].join(' ');
}

function howLong(minutes: number): string {
  if (minutes === 0) return 'within a minute of';
  if (minutes === 1) return '1 minute before';
  if (minutes < 120) return `${minutes} minutes before`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`} before`;
}
