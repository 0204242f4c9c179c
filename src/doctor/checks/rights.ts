import { command } from '../../core/shell.ts';
import { flatFieldsOf, textOf } from '../../evidence/json.ts';
import type { Check, CollectorRights, DoctorPort, Finding, GatewayInScope, Read } from '../check.ts';
import { GATEWAY_RIGHT, readGateway } from '../gateway-document.ts';
import { counted, listed } from '../names.ts';
import { type Permission, permits, readPermissions } from '../permissions.ts';

/** Where a right has to be held. `anywhere`: where members and what they hang on may be, which no document tells. */
type Place = 'gateway' | 'network' | 'anywhere';

interface Found {
  readonly collectors: readonly CollectorRights[];
  /** The scope that a role would be given on, and what is permitted there. */
  readonly scopes: Readonly<
    Record<Place, { readonly scope: string; readonly permissions: Read<readonly Permission[]> }>
  >;
}

/** Whether every kind of evidence may be read: by whoever is signed in, or by the identity that was named. */
export const rights = {
  id: 'rights',
  title: 'Rights',
  rights: [
    GATEWAY_RIGHT,
    'Microsoft.Authorization/permissions/read',
    'Microsoft.Authorization/roleAssignments/read',
    'Microsoft.Authorization/roleDefinitions/read',
  ],
  read: async (port, { gateway, setUp: { principalId } }) => {
    const document = await readGateway(port, gateway);
    const subnet = document.state === 'read' ? document.value.gateway.subnetIds[0] : undefined;
    const subscription = `/subscriptions/${gateway.subscription}`;
    const network = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(subnet ?? '')?.[0];
    const group = `${subscription}/resourceGroups/${gateway.resourceGroup}`;
    const at = (scope: string) => permissionsAt(port, scope, principalId);
    const [collectors, onGateway, onNetwork, onSubscription] = await Promise.all([
      port.collectors(),
      at(gateway.id),
      network === undefined ? unknownNetwork() : at(network),
      at(subscription),
    ]);
    return {
      collectors,
      scopes: {
        gateway: { scope: group, permissions: onGateway },
        network: { scope: network ?? group, permissions: onNetwork },
        anywhere: { scope: subscription, permissions: onSubscription },
      },
    };
  },
  judge,
} satisfies Check<GatewayInScope, Found>;

async function unknownNetwork(): Promise<Read<readonly Permission[]>> {
  return { state: 'unread', reason: 'the network of the gateway is not known' };
}

/** What the caller may do at a scope; or what the roles of an identity give there, inherited ones and groups included. */
async function permissionsAt(
  port: DoctorPort,
  scope: string,
  principalId: string | undefined,
): Promise<Read<readonly Permission[]>> {
  const authorization = `${encodeURI(scope)}/providers/Microsoft.Authorization`;
  if (principalId === undefined) {
    const answer = await port.list(`${authorization}/permissions?api-version=2022-04-01`);
    return answer.state === 'read' ? { state: 'read', value: readPermissions(answer.value) } : answer;
  }
  const filter = encodeURIComponent(`atScope() and assignedTo('${principalId}')`);
  const assignments = await port.list(`${authorization}/roleAssignments?api-version=2022-04-01&$filter=${filter}`);
  if (assignments.state !== 'read') return assignments;
  const roles = new Set(
    assignments.value.flatMap((item) => textOf(flatFieldsOf(item).get('roledefinitionid'))?.toLowerCase() ?? []),
  );
  const definitions = await Promise.all(
    [...roles].map((role) => port.get(`${encodeURI(role)}?api-version=2022-04-01`)),
  );
  const permissions: Permission[] = [];
  for (const definition of definitions) {
    // A role that cannot be read may hold the right that seems to be missing.
    if (definition.state !== 'read') return { state: 'unread', reason: 'one of its role definitions was not answered' };
    const own = flatFieldsOf(definition.value).get('permissions');
    permissions.push(...readPermissions(Array.isArray(own) ? own : []));
  }
  return { state: 'read', value: permissions };
}

const PLACES: readonly (readonly [RegExp, Place])[] = [
  [/^Microsoft\.Network\/(applicationGateways)\//i, 'gateway'],
  [/^Microsoft\.(Insights|ResourceHealth|ResourceGraph|Resources|OperationalInsights)\//i, 'gateway'],
  [/^Microsoft\.Network\/(virtualNetworks|networkSecurityGroups|routeTables)\//i, 'network'],
];

function placeOf(right: string): Place {
  return PLACES.find(([pattern]) => pattern.test(right))?.[1] ?? 'anywhere';
}

type Standing = 'held' | 'missing' | 'unknown' | 'here-only';

function standingOf(right: string, { scopes }: Found): Standing {
  const holds = (place: Place): boolean | undefined => {
    const { permissions } = scopes[place];
    return permissions.state === 'read' ? permits(permissions.value, right) : undefined;
  };
  // What is held on the whole subscription is held on everything in it.
  if (holds('anywhere')) return 'held';
  const place = placeOf(right);
  if (place !== 'anywhere') {
    const held = holds(place);
    return held === undefined ? 'unknown' : held ? 'held' : 'missing';
  }
  if (holds('gateway') || holds('network')) return holds('anywhere') === undefined ? 'unknown' : 'here-only';
  return holds('anywhere') === undefined ? 'unknown' : 'missing';
}

/** The two shapes that a gateway's logs come in: a table is only asked for where it is the one in use. */
const TABLE = /^Microsoft\.Insights\/logs\/[^/]+\/read$/i;

function judge(found: Found, { setUp }: GatewayInScope): readonly Finding[] {
  const who = setUp.principalId === undefined ? 'Whoever is signed in' : `Identity ${setUp.principalId}`;
  const asking = found.collectors.filter((collector) => collector.rights.length > 0);
  const judged = asking.map((collector) => {
    const standings = collector.rights.map((right) => ({ right, standing: standingOf(right, found) }));
    const hasTable = standings.some(({ right, standing }) => TABLE.test(right) && standing === 'held');
    const counting = standings.filter(({ right, standing }) => standing === 'held' || !(hasTable && TABLE.test(right)));
    const having = (wanted: Standing) =>
      counting.flatMap(({ right, standing }) => (standing === wanted ? [right] : []));
    return { ...collector, missing: having('missing'), hereOnly: having('here-only'), unknown: having('unknown') };
  });
  const lacking = judged.filter(({ missing }) => missing.length > 0);
  const nearby = judged.filter(({ missing, hereOnly }) => missing.length === 0 && hereOnly.length > 0);
  const open = judged.filter(
    ({ missing, hereOnly, unknown }) => missing.length + hereOnly.length === 0 && unknown.length > 0,
  );
  const readable = judged.length - lacking.length - nearby.length - open.length;
  return [
    ...(readable > 0
      ? [
          {
            state: 'ok' as const,
            says: `${who} may read ${readable} of ${counted(judged.length, 'kind')} of evidence.`,
          },
        ]
      : []),
    ...lacking.map(
      ({ title, isFirst, missing }): Finding => ({
        state: isFirst ? 'fail' : 'warn',
        says: `${title}: ${who.toLowerCase()} lacks ${listed(missing)}.${isFirst ? '' : ' Diagnoses that need it stay less sure.'}`,
        mend: grant(missing, found, setUp.principalId),
      }),
    ),
    ...(nearby.length > 0
      ? [
          {
            state: 'warn' as const,
            says: `${listed(nearby.map(({ title }) => title))}: may be read in the resource groups of the gateway and its network only; what lies elsewhere is not seen.`,
            mend: grant(
              nearby.flatMap(({ hereOnly }) => hereOnly),
              found,
              setUp.principalId,
            ),
          },
        ]
      : []),
    ...(open.length > 0
      ? [
          {
            state: 'unknown' as const,
            says: `${listed(open.map(({ title }) => title))}: which rights are held could not be read: ${whyOpen(found)}.`,
          },
        ]
      : []),
  ];
}

function whyOpen({ scopes }: Found): string {
  const { permissions } = Object.values(scopes).find(({ permissions: { state } }) => state !== 'read') ?? {};
  return permissions?.state === 'unread' ? permissions.reason : 'Azure does not know the scope';
}

/** Reading is what the role Reader gives; whatever else is missing needs the role that the deployment brings. */
function grant(missing: readonly string[], { scopes }: Found, principalId: string | undefined) {
  const isReading = missing.every((right) => /\/read$/i.test(right));
  const place = missing.map(placeOf);
  const widest: Place = place.includes('anywhere') ? 'anywhere' : place.includes('network') ? 'network' : 'gateway';
  const role = isReading ? 'Reader' : CUSTOM_ROLE;
  return {
    ...(isReading ? {} : { text: `The role "${CUSTOM_ROLE}" of infra/ holds exactly what is read.` }),
    command: command(
      'az',
      'role',
      'assignment',
      'create',
      '--assignee',
      principalId ?? '<object id>',
      '--role',
      role,
      '--scope',
      scopes[widest].scope,
    ),
  };
}

/** The name of the custom role in infra/. */
const CUSTOM_ROLE = 'Application Gateway Triage Reader';
