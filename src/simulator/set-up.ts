import { groupId, networkId } from './network.ts';
import { gatewayId, scatterGuid, type World } from './world.ts';

/**
 * What an operator has set up around the gateway: roles, diagnostic settings, alert rules, an action group, a vault. As
 * plain data in the service's own terms; a world without a plan has what its logs and its alert rule presuppose.
 */
export interface SetUpPlan {
  readonly subscriptionState?: 'Enabled' | 'Warned' | 'PastDue' | 'Disabled';
  readonly roles?: readonly RolePlan[];
  readonly diagnosticSettings?: readonly DiagnosticSettingPlan[];
  /** Whether the workspace has reached its daily cap. */
  readonly isWorkspaceCapped?: boolean;
  /** The `properties` of each rule by its name, beside what every rule has. */
  readonly metricAlerts?: Readonly<Record<string, Json>>;
  readonly scheduledQueryRules?: Readonly<Record<string, Json>>;
  readonly activityLogAlerts?: Readonly<Record<string, Json>>;
  readonly actionGroups?: Readonly<Record<string, Json>>;
  /** Days until the certificates in the vault end, by the name of their secret; 200 where nothing is said. */
  readonly secretDays?: Readonly<Record<string, number>>;
}

type Json = Readonly<Record<string, unknown>>;

export interface RolePlan {
  readonly name: string;
  readonly on: 'subscription' | 'gateway-group' | 'network-group' | 'gateway';
  readonly actions: readonly string[];
  readonly notActions?: readonly string[];
}

export interface DiagnosticSettingPlan {
  readonly name: string;
  readonly to: 'workspace' | 'event-hub' | 'storage';
  readonly isResourceSpecific?: boolean;
  readonly categories: readonly string[];
}

export const ACTION_GROUP = 'ag-oncall-edge';
export const WORKSPACE = 'log-platform';

/** Whose roles these are. */
export const PRINCIPAL = scatterGuid('the identity of the app');

const SET_UP_ROLES: readonly RolePlan[] = [
  { name: 'Reader', on: 'subscription', actions: ['*/read'] },
  {
    name: 'Gateway questions',
    on: 'subscription',
    actions: [
      'Microsoft.Network/applicationGateways/backendhealth/action',
      'Microsoft.Network/applicationGateways/getBackendHealthOnDemand/action',
      'Microsoft.Network/networkInterfaces/effective*/action',
      'Microsoft.Network/networkWatchers/*/action',
    ],
  },
];

export function rolesOf({ setUp }: World): readonly RolePlan[] {
  return setUp?.roles ?? SET_UP_ROLES;
}

/** The scope of a role, as an id. */
export function scopeOf(world: World, { on }: RolePlan): string {
  const subscription = `/subscriptions/${world.subscription}`;
  switch (on) {
    case 'subscription':
      return subscription;
    case 'gateway-group':
      return groupId(world);
    case 'network-group':
      return networkId(world).split('/').slice(0, 5).join('/');
    case 'gateway':
      return gatewayId(world);
  }
}

export function diagnosticSettingsOf(world: World): readonly DiagnosticSettingPlan[] {
  if (world.setUp?.diagnosticSettings) return world.setUp.diagnosticSettings;
  if (world.logs.tables === 'none') return [];
  const isResourceSpecific = world.logs.tables === 'resource-specific';
  const categories = ['ApplicationGatewayAccessLog', ...(world.gateway.waf ? ['ApplicationGatewayFirewallLog'] : [])];
  return [{ name: 'to-workspace', to: 'workspace', isResourceSpecific, categories }];
}

export function workspaceId(world: World): string {
  return `${groupId(world)}/providers/Microsoft.OperationalInsights/workspaces/${WORKSPACE}`;
}

export function armDiagnosticSetting(world: World, plan: DiagnosticSettingPlan): Json {
  const { name, to, isResourceSpecific, categories } = plan;
  const all = ['ApplicationGatewayAccessLog', 'ApplicationGatewayPerformanceLog', 'ApplicationGatewayFirewallLog'];
  const retentionPolicy = { enabled: false, days: 0 };
  return {
    id: `${gatewayId(world).toLowerCase()}/providers/microsoft.insights/diagnosticSettings/${name}`,
    type: 'Microsoft.Insights/diagnosticSettings',
    name,
    location: null,
    kind: null,
    tags: null,
    properties: {
      storageAccountId:
        to === 'storage' ? `${groupId(world)}/providers/Microsoft.Storage/storageAccounts/stedgelogs` : null,
      serviceBusRuleId: null,
      workspaceId: to === 'workspace' ? workspaceId(world) : null,
      eventHubAuthorizationRuleId:
        to === 'event-hub'
          ? `${groupId(world)}/providers/Microsoft.EventHub/namespaces/evhns-edge/authorizationRules/RootManageSharedAccessKey`
          : null,
      eventHubName: to === 'event-hub' ? 'gateway-logs' : null,
      metrics: [{ category: 'AllMetrics', enabled: false, retentionPolicy }],
      logs: all.map((category) => ({
        category,
        categoryGroup: null,
        enabled: categories.includes(category),
        retentionPolicy,
      })),
      logAnalyticsDestinationType: isResourceSpecific ? 'Dedicated' : null,
    },
    identity: null,
  };
}

export function armWorkspace(world: World): Json {
  return {
    id: workspaceId(world),
    name: WORKSPACE,
    type: 'Microsoft.OperationalInsights/workspaces',
    location: world.location,
    properties: {
      customerId: world.logs.workspaceId,
      provisioningState: 'Succeeded',
      sku: { name: 'PerGB2018' },
      retentionInDays: 30,
      workspaceCapping: {
        dailyQuotaGb: world.setUp?.isWorkspaceCapped ? 1 : -1,
        quotaNextResetTime: '2026-10-02T05:00:00Z',
        dataIngestionStatus: world.setUp?.isWorkspaceCapped ? 'OverQuota' : 'RespectQuota',
      },
    },
  };
}

type RuleKind = 'metricAlerts' | 'scheduledQueryRules' | 'activityLogAlerts' | 'actionGroups';

/** The resources of one kind that are set up around alerts. */
export function armInsights(world: World, kind: RuleKind): readonly Json[] {
  const plans = world.setUp?.[kind] ?? usualPlans(world)[kind];
  return Object.entries(plans).map(([name, properties]) => ({
    id: insightsId(world, kind, name),
    type: `Microsoft.Insights/${kind}`,
    name,
    location: kind === 'scheduledQueryRules' ? world.location : 'global',
    tags: {},
    properties: { ...(kind === 'actionGroups' ? {} : { scopes: [gatewayId(world)] }), ...properties },
  }));
}

function insightsId(world: World, kind: RuleKind, name: string): string {
  // The service writes its own namespace in lower case here.
  return `${groupId(world)}/providers/microsoft.insights/${kind}/${name}`;
}

function usualPlans(world: World): Readonly<Record<RuleKind, Readonly<Record<string, Json>>>> {
  const { alert } = world;
  const actionGroupId = insightsId(world, 'actionGroups', ACTION_GROUP);
  const metric: Json =
    alert.kind === 'metric'
      ? {
          description: '',
          severity: Number(alert.severity.slice(3)),
          enabled: true,
          evaluationFrequency: 'PT1M',
          windowSize: `PT${alert.windowMinutes}M`,
          autoMitigate: true,
          targetResourceType: 'Microsoft.Network/applicationGateways',
          targetResourceRegion: world.location,
          criteria: {
            'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria',
            allOf: [
              {
                name: 'Metric1',
                metricName: alert.metric,
                metricNamespace: 'Microsoft.Network/applicationGateways',
                operator: alert.operator,
                threshold: alert.threshold,
                timeAggregation: alert.aggregation,
                dimensions: alert.dimensions.map(({ name }) => ({ name, operator: 'Include', values: ['*'] })),
                criterionType: 'StaticThresholdCriterion',
                skipMetricValidation: false,
              },
            ],
          },
          actions: [{ actionGroupId, webHookProperties: {} }],
        }
      : {};
  const health: Json = {
    enabled: true,
    condition: { allOf: [{ field: 'category', equals: 'ResourceHealth', containsAny: null, anyOf: null }] },
    actions: { actionGroups: [{ actionGroupId, webhookProperties: {} }] },
  };
  return {
    metricAlerts: alert.kind === 'metric' ? { [alert.rule]: metric } : {},
    scheduledQueryRules: {},
    activityLogAlerts: alert.kind === 'metric' ? {} : { [alert.rule]: health },
    actionGroups: {
      [ACTION_GROUP]: {
        groupShortName: 'oncall',
        enabled: true,
        emailReceivers: [],
        smsReceivers: [],
        eventHubReceivers: [],
        azureFunctionReceivers: [],
        webhookReceivers: [
          {
            name: 'triage',
            serviceUri: 'https://func-triage.azurewebsites.net/api/alerts/azure-monitor?code=a-key-that-nobody-shows',
            useCommonAlertSchema: true,
            useAadAuth: false,
          },
        ],
      },
    },
  };
}

/** The vault that the gateway's certificates come from. */
export function vaultName({ gateway }: World): string {
  return `kv-${gateway.name.slice(0, 20)}`;
}

export function armVault(world: World): Json {
  const name = vaultName(world);
  return {
    id: `${groupId(world)}/providers/Microsoft.KeyVault/vaults/${name}`,
    name,
    type: 'Microsoft.KeyVault/vaults',
    location: world.location,
    properties: { vaultUri: `https://${name}.vault.azure.net/`, enableRbacAuthorization: true },
  };
}

const DAY_SECONDS = 24 * 60 * 60;

/** A secret as Resource Manager shows it: attributes, and never the value. */
export function armSecret(world: World, name: string, now: Date): Json {
  const nowSeconds = Math.floor(now.getTime() / 1000);
  return {
    id: `${groupId(world)}/providers/Microsoft.KeyVault/vaults/${vaultName(world)}/secrets/${name}`,
    name,
    type: 'Microsoft.KeyVault/vaults/secrets',
    location: world.location,
    properties: {
      attributes: {
        enabled: true,
        nbf: nowSeconds - 165 * DAY_SECONDS,
        exp: nowSeconds + (world.setUp?.secretDays?.[name] ?? 200) * DAY_SECONDS,
        created: nowSeconds - 165 * DAY_SECONDS,
        updated: nowSeconds - 165 * DAY_SECONDS,
      },
      contentType: 'application/x-pkcs12',
      secretUri: `https://${vaultName(world)}.vault.azure.net/secrets/${name}`,
    },
  };
}
