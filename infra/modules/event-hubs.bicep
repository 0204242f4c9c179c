// The namespace, and its hubs for logs and alerts. Whoever reads and whoever sends alerts signs in by identity; only Azure's
// diagnostic settings still write with a shared access key.

param name string
param location string
param tags object
param isPrivate bool
@description('The hubs. Each has a consumer group for the app and one for a person who watches, so that neither disturbs the other.')
param hubs hub[]
@description('Whether shared access keys work, for the one writer that has no identity.')
param allowsKeys bool
@description('How far the namespace grows by itself, in throughput units. One takes in 1 MB or 1,000 messages a second.')
@minValue(1)
@maxValue(40)
param maximumThroughputUnits int
@description('The app, which receives.')
param principalId string

@sealed()
type hub = {
  name: string
  @minValue(1)
  @maxValue(32)
  partitions: int
  @minValue(1)
  @maxValue(7)
  retentionDays: int
}

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: 'Standard', tier: 'Standard', capacity: 1 }
  properties: {
    disableLocalAuth: !allowsKeys
    minimumTlsVersion: '1.2'
    isAutoInflateEnabled: maximumThroughputUnits > 1
    maximumThroughputUnits: maximumThroughputUnits > 1 ? maximumThroughputUnits : 0
    publicNetworkAccess: 'Enabled'
  }

  // Azure Monitor writes from outside any network of yours: it is let in as a trusted service, and nobody else is.
  resource network 'networkRuleSets' = {
    name: 'default'
    properties: {
      publicNetworkAccess: 'Enabled'
      defaultAction: isPrivate ? 'Deny' : 'Allow'
      trustedServiceAccessEnabled: true
    }
  }

  // Azure asks for all three rights in a rule that a diagnostic setting names. The key stays within Azure.
  resource diagnostics 'authorizationRules' = if (allowsKeys) {
    name: 'diagnostic-settings'
    properties: { rights: ['Listen', 'Manage', 'Send'] }
    dependsOn: [network]
  }
}

var appGroup = 'appgw-triage'

@batchSize(1)
resource eventHubs 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = [
  for item in hubs: {
    parent: namespace
    name: item.name
    properties: { partitionCount: item.partitions, messageRetentionInDays: item.retentionDays }
  }
]

resource appGroups 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = [
  for (item, i) in hubs: {
    parent: eventHubs[i]
    name: appGroup
    properties: {}
  }
]

resource watchGroups 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = [
  for (item, i) in hubs: {
    parent: eventHubs[i]
    name: 'watch'
    properties: {}
    // Two changes of one hub at a time are refused.
    dependsOn: [appGroups[i]]
  }
]

var eventHubsDataReceiver = 'a638d3c7-ab3a-418d-83e6-5f17a39d4fde'

resource mayReceive 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(namespace.id, principalId, eventHubsDataReceiver)
  scope: namespace
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', eventHubsDataReceiver)
  }
}

output id string = namespace.id
output name string = namespace.name
@description('The consumer group that is the app’s alone.')
output appGroup string = appGroup
output host string = replace(replace(namespace.properties.serviceBusEndpoint, 'https://', ''), ':443/', '')
@description('The rule that diagnostic settings name; empty where keys do not work.')
output diagnosticsRuleId string = allowsKeys ? namespace::diagnostics.id : ''
