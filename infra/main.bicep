// Everything that the app needs, and what it needs at the gateways. `azd up` deploys it; docs/deploy.md leads through it.
targetScope = 'subscription'

import { gateway, thresholds } from 'types.bicep'
import { plainSettings, secretSetting } from 'settings.bicep'

@description('The name of the azd environment. Names of resources are made from it.')
@minLength(1)
@maxLength(32)
param environmentName string

@description('The region. Gateways in the same region can stream their access log.')
@minLength(1)
param location string

@description('The gateways that are looked after.')
param gateways gateway[]

@description('Further resource groups that are read: those of virtual networks, of members, of AKS nodes, of private DNS zones, and NetworkWatcherRG. As resource ids.')
param readScopes string[] = []

@description('How the app is allowed to read the gateways’ logs. monitoring-reader is a built-in role at the gateway alone. tables is a custom role with the tables by name; Azure refuses it where its list of actions does not know a table yet.')
@allowed(['monitoring-reader', 'tables'])
param logRights string = 'monitoring-reader'

@description('The custom role’s name. It has to be unique in the tenant.')
param roleName string = 'Application Gateway Triage Reader'

@description('Whether gateways in this region stream their access log to an event hub. Azure’s diagnostic settings write there with a shared access key, so the namespace accepts keys then. Nothing here hands one out; alerts and the app sign in by identity.')
param streamAccessLogs bool = true

@description('Whether alerts come in through an event hub, signed in by identity.')
param alertsThroughEventHub bool = true

@description('Whether alerts also come in through a webhook with a function key. Set it once the code is deployed: the key does not exist before.')
param alertsThroughWebhook bool = false

@description('The Entra ID application of the doors, where tokens are wanted beside the key.')
param entraApplication { tenantId: string, objectId: string, identifierUri: string }?

@description('Who is told by mail when the app itself is in trouble. Empty: nobody, and there are no rules about it.')
param ownerEmails string[] = []

@description('Settings of the app. Their descriptions are in settings.bicep.')
param settings plainSettings = {}

@description('Names of settings whose values are secrets of the vault. SLACK_WEBHOOK_URL is the secret slack-webhook-url.')
param secretSettings secretSetting[] = []

@description('Numbers of the alert rules.')
param alertThresholds thresholds = {
  // Scanners and clients that hang up make one or two per cent on many gateways; five is seen by users.
  failedPercent: 5
  // A 502 is never a user's fault. One per cent of a pool is more than a deployment of a member makes.
  badGatewayPercent: 1
  // Below ten, one health check of somebody else's monitor decides.
  minimumFailures: 10
  // Metrics are exported within three minutes or so, now and then ten.
  silentMinutes: 30
}

@description('The version of Node.js.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('The memory of one instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMb int = 2048

@description('The most instances there may be.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@description('Instances that are always there, so that no alert waits for a start. Each costs while it idles.')
@minValue(0)
@maxValue(10)
param alwaysReadyInstances int = 0

@description('Standard_ZRS survives the loss of a zone, where the region has zones.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
param storageSku string = 'Standard_LRS'

@description('How long logs are kept, in days.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('The most that the workspace takes in on one day, in GB; -1 is no limit.')
param logDailyQuotaGb int = -1

@description('How far the event hub namespace grows by itself, in throughput units.')
@minValue(1)
@maxValue(40)
param maximumThroughputUnits int = 4

@description('A subnet delegated to Microsoft.App/environments, through which the app reaches your network. The prober and private endpoints need it.')
param integrationSubnetId string = ''

@description('A subnet for private endpoints. Set, storage and vault are shut to the internet, and the event hubs to all but Azure Monitor.')
param privateEndpointSubnetId string = ''

@description('Whether the private DNS zones are made here. Set it to false where your organisation keeps them, and resolves these names.')
param makePrivateZones bool = true

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var isPrivate = !empty(privateEndpointSubnetId)
// Behind private endpoints, an app without a network would reach neither its storage nor its secrets.
var appSubnetId = isPrivate && empty(integrationSubnetId)
  ? fail('privateEndpointSubnetId needs integrationSubnetId as well.')
  : integrationSubnetId
var roleActions = loadJsonContent('role-actions.json')

func subscriptionOf(id string) string => toLower(split(id, '/')[2])
func groupOf(id string) string => toLower(split(id, '/')[4])
func scopeOf(id string) string => '/subscriptions/${subscriptionOf(id)}/resourceGroups/${groupOf(id)}'

// Both lists without doubles: a second grant of the same right is an error.
var readGroups = union(map(gateways, item => scopeOf(item.id)), map(readScopes, id => scopeOf(id)))
var subscriptions = union(map(gateways, item => subscriptionOf(item.id)), map(readScopes, id => subscriptionOf(id)))
var gatewaySubscriptions = union(map(gateways, item => subscriptionOf(item.id)), [])
var ownSubscription = toLower(subscription().subscriptionId)
var assignableScopes = map(union([ownSubscription], subscriptions), id => '/subscriptions/${id}')

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  name: 'identity'
  params: { name: 'id-${token}', location: location, tags: tags }
}

module storage 'modules/storage.bicep' = {
  scope: group
  name: 'storage'
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    sku: storageSku
    isPrivate: isPrivate
    principalId: identity.outputs.principalId
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: {
    workspaceName: 'log-${token}'
    insightsName: 'appi-${token}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
    principalId: identity.outputs.principalId
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  name: 'vault'
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    isPrivate: isPrivate
    principalId: identity.outputs.principalId
  }
}

var accessLogHub = 'access-log'
var alertHub = 'alerts'
var hasHubs = streamAccessLogs || alertsThroughEventHub
var hubs = concat(
  // A day is enough for the stream: what is older is in the workspace, and client addresses are kept no longer than needed.
  streamAccessLogs ? [{ name: accessLogHub, partitions: 4, retentionDays: 1 }] : [],
  // A week, so that an app that was down over a long weekend still learns what happened.
  alertsThroughEventHub ? [{ name: alertHub, partitions: 1, retentionDays: 7 }] : []
)

module eventHubs 'modules/event-hubs.bicep' = if (hasHubs) {
  scope: group
  name: 'event-hubs'
  params: {
    name: 'evhns-${token}'
    location: location
    tags: tags
    isPrivate: isPrivate
    hubs: hubs
    allowsKeys: streamAccessLogs
    maximumThroughputUnits: maximumThroughputUnits
    principalId: identity.outputs.principalId
  }
}

// The trigger of the Functions host signs in by these three names; a name that is not set means no hub.
var hubSettings = hasHubs
  ? union(
      {
        EventHubsConnection__fullyQualifiedNamespace: eventHubs!.outputs.host
        EventHubsConnection__credential: 'managedidentity'
        EventHubsConnection__clientId: identity.outputs.clientId
      },
      streamAccessLogs ? { ACCESS_LOG_HUB: accessLogHub, ACCESS_LOG_CONSUMER_GROUP: eventHubs!.outputs.appGroup } : {},
      alertsThroughEventHub ? { ALERT_HUB: alertHub, ALERT_CONSUMER_GROUP: eventHubs!.outputs.appGroup } : {}
    )
  : {}

module app 'modules/function-app.bicep' = {
  scope: group
  name: 'function-app'
  params: {
    name: 'func-${token}'
    planName: 'plan-${token}'
    location: location
    tags: tags
    nodeVersion: nodeVersion
    instanceMemoryMb: instanceMemoryMb
    maximumInstances: maximumInstances
    alwaysReadyInstances: alwaysReadyInstances
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    storageAccountName: storage.outputs.name
    insightsName: monitoring.outputs.insightsName
    vaultUri: vault.outputs.uri
    integrationSubnetId: appSubnetId
    settings: union(
      // Nothing is sent about a gateway that was not named here, unless somebody says otherwise.
      { ALLOWED_GATEWAYS: join(map(gateways, item => item.id), ',') },
      settings,
      hubSettings
    )
    secretSettings: secretSettings
  }
}

module actionGroup 'modules/action-group.bicep' = {
  scope: group
  name: 'action-group'
  params: {
    name: 'ag-appgw-triage-${token}'
    tags: tags
    namespaceName: alertsThroughEventHub ? eventHubs!.outputs.name : ''
    hubName: alertHub
    functionAppName: alertsThroughWebhook ? app.outputs.name : ''
    entra: entraApplication
  }
}

module readerRole 'modules/role.bicep' = {
  name: 'appgw-triage-reader-role'
  params: {
    roleName: roleName
    description: 'Reads what an Application Gateway and the network around it know about failing requests. Changes nothing.'
    actions: roleActions.gateways
    assignableScopes: assignableScopes
  }
}

module logRole 'modules/role.bicep' = if (logRights == 'tables') {
  name: 'appgw-triage-log-role'
  params: {
    roleName: '${roleName} (logs)'
    description: 'Reads the access log and the firewall log of an Application Gateway.'
    actions: roleActions.logs
    assignableScopes: assignableScopes
  }
}

module alertListRole 'modules/role.bicep' = {
  name: 'appgw-triage-alert-list-role'
  params: {
    roleName: '${roleName} (alert list)'
    description: 'Lists the alerts that have fired in a subscription.'
    actions: roleActions.subscription
    assignableScopes: assignableScopes
  }
}

module mayRead 'modules/grant-in-group.bicep' = [
  for scope in readGroups: {
    scope: resourceGroup(split(scope, '/')[2], split(scope, '/')[4])
    name: 'appgw-triage-read-${uniqueString(token, scope)}'
    params: { principalId: identity.outputs.principalId, roleDefinitionId: readerRole.outputs.id }
  }
]

module mayReadTables 'modules/grant-in-group.bicep' = [
  for scope in readGroups: if (logRights == 'tables') {
    scope: resourceGroup(split(scope, '/')[2], split(scope, '/')[4])
    name: 'appgw-triage-logs-${uniqueString(token, scope)}'
    params: { principalId: identity.outputs.principalId, roleDefinitionId: logRole!.outputs.id }
  }
]

module mayListAlerts 'modules/grant-in-subscription.bicep' = [
  for id in gatewaySubscriptions: {
    scope: subscription(id)
    name: 'appgw-triage-alerts-${uniqueString(token, id)}'
    params: { principalId: identity.outputs.principalId, roleDefinitionId: alertListRole.outputs.id }
  }
]

module atGateway 'modules/gateway.bicep' = [
  for item in gateways: {
    scope: resourceGroup(split(item.id, '/')[2], split(item.id, '/')[4])
    name: 'appgw-triage-gateway-${uniqueString(token, toLower(item.id))}'
    params: {
      gatewayName: last(split(item.id, '/'))
      workspaceId: monitoring.outputs.workspaceId
      // Azure refuses a diagnostic setting that crosses a region.
      streamRuleId: streamAccessLogs && (item.?region ?? location) == location
        ? eventHubs!.outputs.diagnosticsRuleId
        : ''
      streamHubName: accessLogHub
      hasDiagnostics: item.?diagnostics ?? true
      principalId: identity.outputs.principalId
      grantsMonitoringReader: logRights == 'monitoring-reader'
    }
  }
]

// Rules about a gateway in another subscription have to live there, so they go beside it.
module alerts 'modules/alerts.bicep' = [
  for item in filter(gateways, each => each.?alerts ?? true): {
    scope: resourceGroup(
      split(item.id, '/')[2],
      subscriptionOf(item.id) == ownSubscription ? group.name : split(item.id, '/')[4]
    )
    name: 'appgw-triage-rules-${uniqueString(token, toLower(item.id))}'
    params: {
      gatewayId: item.id
      prefix: 'appgw-triage-${last(split(item.id, '/'))}-${take(uniqueString(token, toLower(item.id)), 5)}'
      location: item.?region ?? location
      tags: tags
      actionGroupId: actionGroup.outputs.id
      expected: item.?pools ?? []
      limits: alertThresholds
    }
    // A rule over the metrics in the workspace is of use once they are sent there.
    dependsOn: [atGateway]
  }
]

module owners 'modules/owners.bicep' = if (!empty(ownerEmails)) {
  scope: group
  name: 'owners'
  params: { name: 'appgw-triage-owners-${token}', tags: tags, emails: ownerEmails }
}

// Every rule is explained in docs/runbook.md.
module selfAlerts 'modules/self-alerts.bicep' = if (!empty(ownerEmails)) {
  scope: group
  name: 'self-alerts'
  params: {
    insightsId: monitoring.outputs.insightsId
    workspaceId: monitoring.outputs.workspaceId
    actionGroupId: owners!.outputs.id
    prefix: 'appgw-triage'
    location: location
    tags: tags
  }
}

module privateNetwork 'modules/private-network.bicep' = if (isPrivate) {
  scope: group
  name: 'private-network'
  params: {
    token: token
    location: location
    tags: tags
    subnetId: privateEndpointSubnetId
    makeZones: makePrivateZones
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
    namespaceId: hasHubs ? eventHubs!.outputs.id : ''
  }
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = app.outputs.name
output FUNCTION_APP_HOST string = app.outputs.host
output KEY_VAULT_NAME string = vault.outputs.name
output LOG_WORKSPACE_ID string = monitoring.outputs.workspaceId
output ACTION_GROUP_ID string = actionGroup.outputs.id
output IDENTITY_CLIENT_ID string = identity.outputs.clientId
output IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
