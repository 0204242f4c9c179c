import { NOT_DEPLOYED } from '../scripts/generate-infra.ts';
import { settingDeclarations } from '../src/platform/settings.ts';
import { isFields, isTrue, objectsIn, type Resource, resourcesIn, type Template, templatesIn } from './arm-template.ts';

/** Settings that the Functions host reads and the app does not. */
const HOST_SETTINGS: ReadonlyMap<string, string> = new Map([
  ['AzureWebJobsStorage__credential', 'the host signs in to storage with an identity'],
  ['AzureWebJobsStorage__clientId', 'and that identity is the user-assigned one'],
  ['EventHubsConnection__credential', 'the same for the triggers of the event hubs'],
  ['EventHubsConnection__clientId', 'the same for the triggers of the event hubs'],
  ['APPLICATIONINSIGHTS_CONNECTION_STRING', 'where the host sends its telemetry: an address, since keys are off'],
  ['APPLICATIONINSIGHTS_AUTHENTICATION_STRING', 'and the identity that it signs in with'],
]);

/** Built-in roles that are granted, each on one resource. */
const BUILT_IN_ROLES: ReadonlyMap<string, string> = new Map([
  ['b7e6dc6d-f1e8-4753-8033-0f276bb0955b', 'Storage Blob Data Owner, on the app’s own account'],
  ['974c5e8b-45b9-4653-ba55-5f855dd0fb88', 'Storage Queue Data Contributor, on the app’s own account'],
  ['0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3', 'Storage Table Data Contributor, on the app’s own account'],
  ['3913510d-42f4-4e42-8a64-420c390055eb', 'Monitoring Metrics Publisher, on the app’s own telemetry'],
  ['4633458b-17de-408a-b874-0445c86b69e6', 'Key Vault Secrets User, on the app’s own vault'],
  ['a638d3c7-ab3a-418d-83e6-5f17a39d4fde', 'Azure Event Hubs Data Receiver, on the app’s own namespace'],
  ['2b629674-e913-4c01-ae53-ef4638d8f975', 'Azure Event Hubs Data Sender, for the action group on the hub of alerts'],
  ['43d0d8ad-25c7-4714-9337-8ba259a9fe05', 'Monitoring Reader, on a gateway'],
]);

/** What must be so in every template. Each problem is a line for a person. */
export function problemsOf(template: Template): readonly string[] {
  const resources = resourcesIn(template);
  return [
    ...resources.flatMap(exposed),
    ...resources.flatMap(alertProblems),
    ...resources.flatMap(receiverProblems),
    ...secretsShown(template),
    ...rightsTooWide(template, resources),
    ...settingProblems(template, resources),
  ];
}

/** Properties that must be written down with this very value, by type. */
const REQUIRED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'Microsoft.Storage/storageAccounts': {
    allowSharedKeyAccess: false,
    allowBlobPublicAccess: false,
    minimumTlsVersion: 'TLS1_2',
    supportsHttpsTrafficOnly: true,
  },
  'Microsoft.Storage/storageAccounts/blobServices/containers': { publicAccess: 'None' },
  'Microsoft.KeyVault/vaults': { enableRbacAuthorization: true, enablePurgeProtection: true },
  'Microsoft.EventHub/namespaces': { minimumTlsVersion: '1.2', disableLocalAuth: "[not(parameters('allowsKeys'))]" },
  'Microsoft.Insights/components': { DisableLocalAuth: true },
  'Microsoft.Web/sites': { httpsOnly: true },
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies': { allow: false },
};

/** Types that the internet can reach unless it is kept out: what applies must be said. */
const ON_THE_INTERNET: Readonly<Record<string, readonly string[]>> = {
  'Microsoft.Storage/storageAccounts': ['publicNetworkAccess', 'networkAcls'],
  'Microsoft.KeyVault/vaults': ['publicNetworkAccess', 'networkAcls'],
  'Microsoft.EventHub/namespaces': ['publicNetworkAccess'],
  'Microsoft.EventHub/namespaces/networkRuleSets': ['publicNetworkAccess', 'defaultAction'],
  'Microsoft.Web/sites': ['publicNetworkAccess'],
  'Microsoft.Insights/components': ['publicNetworkAccessForIngestion', 'publicNetworkAccessForQuery'],
  'Microsoft.OperationalInsights/workspaces': ['publicNetworkAccessForIngestion', 'publicNetworkAccessForQuery'],
};

function exposed({ type, properties }: Resource): readonly string[] {
  const wrong = Object.entries(REQUIRED[type] ?? {})
    .filter(([name, value]) => properties[name] !== value)
    .map(([name, value]) => `${type}: ${name} is not ${String(value)}`);
  const unsaid = (ON_THE_INTERNET[type] ?? [])
    .filter((name) => properties[name] === undefined)
    .map((name) => `${type}: ${name} is not said`);
  const config = isFields(properties.siteConfig) ? properties.siteConfig : {};
  const site =
    type === 'Microsoft.Web/sites' && (config.ftpsState !== 'Disabled' || config.minTlsVersion !== '1.2')
      ? [`${type}: FTP is not off, or TLS before 1.2 is not`]
      : [];
  return [...wrong, ...unsaid, ...site];
}

export const RULES = [
  'Microsoft.Insights/metricAlerts',
  'Microsoft.Insights/scheduledQueryRules',
  'Microsoft.Insights/activityLogAlerts',
];
const THE_GROUP = "[parameters('actionGroupId')]";

function alertProblems({ type, name, properties, template }: Resource): readonly string[] {
  if (type === 'Microsoft.Insights/diagnosticSettings') {
    const isRight = properties.workspaceId === undefined || properties.logAnalyticsDestinationType === 'Dedicated';
    return isRight ? [] : [`${name}: logs would go to AzureDiagnostics`];
  }
  if (!RULES.includes(type)) return [];
  const actions = JSON.stringify(properties.actions ?? null);
  const problems = actions.includes(THE_GROUP) ? [] : [`${name} tells nobody`];
  if (properties.enabled !== true) problems.push(`${name} is not switched on`);
  // Events of the activity log have no state; the others resolve when the trouble is over.
  if (type !== 'Microsoft.Insights/activityLogAlerts' && properties.autoMitigate !== true)
    problems.push(`${name} never resolves`);
  if (typeof properties.description !== 'string') problems.push(`${name} does not say what it means`);
  return [...problems, ...(type === 'Microsoft.Insights/metricAlerts' ? neverFires(name, properties, template) : [])];
}

/** Host counts are whole numbers by pool: an average, or all pools in one, hides what the rule is for. */
function neverFires(name: string, { criteria }: Resource['properties'], template: Template): readonly string[] {
  const conditions = isFields(criteria) && Array.isArray(criteria.allOf) ? criteria.allOf.filter(isFields) : [];
  if (conditions.length === 0) return [`${name} has no condition`];
  return conditions.flatMap((condition) => [
    ...(/HostCount$/.test(String(condition.metricName)) &&
    !['Minimum', 'Maximum'].includes(String(condition.timeAggregation))
      ? [`${name} takes an average of members`]
      : []),
    ...(objectsIn(condition.dimensions, template).some((dimension) => dimension.get('name') === 'BackendSettingsPool')
      ? []
      : [`${name} mixes the pools`]),
  ]);
}

function receiverProblems({ type, properties, template }: Resource): readonly string[] {
  if (type !== 'Microsoft.Insights/actionGroups') return [];
  const kinds = Object.keys(properties).filter((name) => name.endsWith('Receivers'));
  const copied = (Array.isArray(properties.copy) ? properties.copy : [])
    .filter(isFields)
    .filter(({ name }) => String(name).endsWith('Receivers'));
  const receivers = [...kinds.map((kind) => properties[kind]), ...copied.map(({ input }) => [input])].flatMap((list) =>
    objectsIn(list, template),
  );
  if (receivers.length === 0) return ['the action group calls nobody'];
  return receivers
    .filter((receiver) => !isTrue(receiver.get('useCommonAlertSchema')))
    .map(() => 'a receiver does not get the common alert schema');
}

const SECRET = /listKeys|listSecrets|listAccountSas|connectionString|instrumentationKey|accessKey|password/i;

/** Outputs are kept in the deployment's history, for everybody who may read it. */
function secretsShown(template: Template): readonly string[] {
  return templatesIn(template).flatMap((each) =>
    Object.entries(each.outputs ?? {})
      .filter(
        ([name, output]) =>
          SECRET.test(name) || SECRET.test(JSON.stringify(output)) || /"secure/.test(JSON.stringify(output)),
      )
      .map(([name]) => `the output ${name} shows a secret`),
  );
}

const ROLE_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

function rightsTooWide(template: Template, resources: readonly Resource[]): readonly string[] {
  const roles = resources.filter(({ type }) => type === 'Microsoft.Authorization/roleDefinitions');
  const actions = JSON.stringify(template.variables?.['$fxv#0'] ?? null);
  const granted = templatesIn(template).flatMap((each) => JSON.stringify(each.variables ?? {}).match(ROLE_ID) ?? []);
  return [
    ...(roles.length === 0 ? ['there is no custom role'] : []),
    ...roles
      .filter(({ properties }) => JSON.stringify(properties.permissions) !== ONLY_HANDED_IN)
      .map(({ name }) => `the role ${name} holds more than its list of actions`),
    ...(actions.includes('*') ? ['a role has a star'] : []),
    ...granted.filter((id) => !BUILT_IN_ROLES.has(id)).map((id) => `the role ${id} is granted without a reason`),
  ];
}

const ONLY_HANDED_IN = JSON.stringify([
  { actions: "[parameters('actions')]", notActions: [], dataActions: [], notDataActions: [] },
]);

function settingProblems(template: Template, resources: readonly Resource[]): readonly string[] {
  const declared = new Set(settingDeclarations.map(({ name }) => name));
  const set = namesSet(template, resources);
  const open = namesOpen(template);
  return [
    ...[...set]
      .filter((name) => !declared.has(name) && !HOST_SETTINGS.has(name))
      .map((name) => `nobody knows the setting ${name}`),
    ...[...open].filter((name) => !declared.has(name)).map((name) => `the app does not declare ${name}`),
    ...[...declared]
      .filter((name) => !set.has(name) && !open.has(name) && !NOT_DEPLOYED.has(name))
      .map((name) => `the setting ${name} cannot be deployed`),
    ...[...set].filter((name) => NOT_DEPLOYED.has(name)).map((name) => `the setting ${name} must not be deployed`),
  ];
}

/** What the template sets by itself. */
function namesSet(template: Template, resources: readonly Resource[]): ReadonlySet<string> {
  const inApp = resources
    .filter(({ type, name }) => type === 'Microsoft.Web/sites/config' && name.includes('appsettings'))
    .flatMap(({ all, template: own }) => objectsIn(all.properties, own));
  const handedDown = Object.values(template.resources)
    .filter(isFields)
    .map(({ properties }) =>
      isFields(properties) && isFields(properties.parameters) ? properties.parameters.settings : undefined,
    )
    .flatMap((parameter) => (isFields(parameter) ? objectsIn(parameter.value, template) : []));
  return new Set([...inApp, ...handedDown].flatMap((object) => [...object.keys()]));
}

/** What a person may hand in: by its value, or as the name of a secret. */
function namesOpen({ definitions = {} }: Template): ReadonlySet<string> {
  const { plainSettings, secretSetting } = definitions;
  const plain =
    isFields(plainSettings) && isFields(plainSettings.properties) ? Object.keys(plainSettings.properties) : [];
  const secrets =
    isFields(secretSetting) && Array.isArray(secretSetting.allowedValues) ? secretSetting.allowedValues : [];
  return new Set([...plain, ...secrets.map(String)]);
}
