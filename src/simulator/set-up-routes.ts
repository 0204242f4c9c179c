import { type Answer, armError, ok } from './answer.ts';
import { armGateway } from './arm-gateway.ts';
import type { AzureRequest, AzureRoute } from './azure.ts';
import type { Endpoint } from './faults.ts';
import { groupId } from './network.ts';
import {
  armDiagnosticSetting,
  armInsights,
  armSecret,
  armVault,
  armWorkspace,
  diagnosticSettingsOf,
  PRINCIPAL,
  type RolePlan,
  rolesOf,
  scopeOf,
} from './set-up.ts';
import { gatewayId, minuteOf, scatterGuid, type World } from './world.ts';

type Reply = (parts: readonly string[], query: URLSearchParams) => Answer;

const ID = String.raw`(\/subscriptions\/[^/]+(?:\/.+)?)`;

/** What Azure tells of rights, diagnostic settings, alert rules, vaults and the subscription. Read only. */
export function routeSetUp(
  world: World,
  now: () => Date,
  { method, path, query }: AzureRequest,
): AzureRoute | undefined {
  if (method !== 'GET') return undefined;
  const missing = () => armError(404, 'ResourceNotFound', 'The resource was not found.');
  const found = (value: unknown) => (value === undefined ? missing() : ok(value));
  const named = (list: readonly Readonly<Record<string, unknown>>[], name = '') =>
    found(list.find((item) => String(item.name).toLowerCase() === name.toLowerCase()));
  const insights = String.raw`^\/subscriptions\/[^/]+(?:\/resourcegroups\/[^/]+)?\/providers\/microsoft\.insights`;
  const vaults = String.raw`providers\/microsoft\.keyvault\/vaults`;

  const routes: readonly (readonly [Endpoint, string, Reply])[] = [
    [
      'permissions',
      `^${ID}\\/providers\\/microsoft\\.authorization\\/permissions$`,
      ([scope = '']) => permissions(scope),
    ],
    [
      'permissions',
      `^${ID}\\/providers\\/microsoft\\.authorization\\/roleassignments$`,
      ([scope = ''], asked) => assignments(scope, asked.get('$filter') ?? ''),
    ],
    [
      'permissions',
      `^${ID}\\/providers\\/microsoft\\.authorization\\/roledefinitions\\/([^/]+)$`,
      ([, id = '']) =>
        found(
          rolesOf(world)
            .filter((role) => roleGuid(role) === id.toLowerCase())
            .map(definition)[0],
        ),
    ],
    [
      'diagnostic-settings',
      `^${ID}\\/providers\\/microsoft\\.insights\\/diagnosticsettings$`,
      ([scope = '']) =>
        scope.toLowerCase() === gatewayId(world).toLowerCase()
          ? ok({ value: diagnosticSettingsOf(world).map((plan) => armDiagnosticSetting(world, plan)) })
          : missing(),
    ],
    ['alert-rules', `${insights}\\/metricalerts$`, () => ok({ value: armInsights(world, 'metricAlerts') })],
    [
      'alert-rules',
      `${insights}\\/scheduledqueryrules$`,
      () => ok({ value: armInsights(world, 'scheduledQueryRules') }),
    ],
    ['alert-rules', `${insights}\\/activitylogalerts$`, () => ok({ value: armInsights(world, 'activityLogAlerts') })],
    [
      'action-groups',
      `${insights}\\/actiongroups\\/([^/]+)$`,
      ([name]) => named(armInsights(world, 'actionGroups'), name),
    ],
    [
      'workspace',
      '\\/providers\\/microsoft\\.operationalinsights\\/workspaces\\/([^/]+)$',
      ([name]) => named([armWorkspace(world)], name),
    ],
    ['key-vault', `^\\/subscriptions\\/[^/]+\\/${vaults}$`, () => ok({ value: [armVault(world)] })],
    ['key-vault', `\\/${vaults}\\/[^/]+\\/secrets\\/([^/]+)$`, ([name = '']) => ok(armSecret(world, name, now()))],
    [
      'gateway',
      '^\\/subscriptions\\/[^/]+(?:\\/resourcegroups\\/[^/]+)?\\/providers\\/microsoft\\.network\\/applicationgateways$',
      () => ok({ value: [armGateway(world, minuteOf(world, now()))] }),
    ],
    ['subscription', '^\\/subscriptions$', () => ok({ value: [subscription()] })],
    ['subscription', '^\\/subscriptions\\/[^/]+$', () => ok(subscription())],
  ];

  for (const [endpoint, pattern, reply] of routes) {
    const [, ...parts] = new RegExp(pattern, 'i').exec(path) ?? [];
    if (!new RegExp(pattern, 'i').test(path)) continue;
    return { endpoint, service: 'arm', answer: () => refuse(world, path, query) ?? reply(parts, query) };
  }
  return undefined;

  function subscription() {
    return {
      id: `/subscriptions/${world.subscription}`,
      subscriptionId: world.subscription,
      displayName: 'Platform',
      state: world.setUp?.subscriptionState ?? 'Enabled',
      tenantId: scatterGuid('tenant'),
    };
  }

  /** Roles hold on what lies below their scope. */
  function rolesAt(scope: string): readonly RolePlan[] {
    const wanted = `${scope.toLowerCase()}/`;
    return rolesOf(world).filter((role) => wanted.startsWith(`${scopeOf(world, role).toLowerCase()}/`));
  }

  function permissions(scope: string): Answer {
    return ok({
      value: rolesAt(scope).map(({ actions, notActions = [] }) => ({
        actions,
        notActions,
        dataActions: [],
        notDataActions: [],
      })),
    });
  }

  function assignments(scope: string, filter: string): Answer {
    const isOwn = filter.includes(`assignedTo('${PRINCIPAL}')`);
    return ok({
      value: (isOwn ? rolesAt(scope) : []).map((role) => ({
        id: `${scopeOf(world, role)}/providers/Microsoft.Authorization/roleAssignments/${scatterGuid(`${role.name} assigned`)}`,
        type: 'Microsoft.Authorization/roleAssignments',
        properties: { roleDefinitionId: definition(role).id, principalId: PRINCIPAL, scope: scopeOf(world, role) },
      })),
    });
  }

  function definition(role: RolePlan) {
    const { name, actions, notActions = [] } = role;
    return {
      id: `/subscriptions/${world.subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleGuid(role)}`,
      type: 'Microsoft.Authorization/roleDefinitions',
      properties: {
        roleName: name,
        type: 'CustomRole',
        assignableScopes: [groupId(world)],
        permissions: [{ actions, notActions, dataActions: [], notDataActions: [] }],
      },
    };
  }
}

function roleGuid({ name }: RolePlan): string {
  return scatterGuid(`role ${name}`);
}

function refuse(world: World, path: string, query: URLSearchParams): Answer | undefined {
  if (!query.get('api-version'))
    return armError(400, 'MissingApiVersionParameter', 'The api-version query parameter (?api-version=) is required.');
  const [, subscription] = /^\/subscriptions\/([^/]+)/i.exec(path) ?? [];
  return subscription === undefined || subscription.toLowerCase() === world.subscription
    ? undefined
    : armError(404, 'SubscriptionNotFound', `The subscription '${subscription}' could not be found.`);
}
