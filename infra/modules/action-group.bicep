// What every alert rule calls. An event hub takes the alert by the group's own identity; the webhook is the second way in.

param name string
param tags object
@description('The namespace for alerts; empty where alerts take the webhook alone.')
param namespaceName string
param hubName string
@description('The function app, once its code is deployed; empty before.')
param functionAppName string
@description('Set, the webhook is called with a token of Entra ID beside its key.')
param entra entraApplication?

@sealed()
type entraApplication = {
  tenantId: string
  @description('The object id of the enterprise application whose tokens the door wants.')
  objectId: string
  identifierUri: string
}

var hasHub = !empty(namespaceName)
var hasWebhook = !empty(functionAppName)

resource site 'Microsoft.Web/sites@2024-04-01' existing = if (hasWebhook) {
  name: hasWebhook ? functionAppName : 'none'
}

resource group 'Microsoft.Insights/actionGroups@2024-10-01-preview' = {
  name: name
  // Groups in a region would be the only thing that is gone with it; the global service is told to the others.
  location: 'global'
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    enabled: true
    // Up to twelve characters.
    groupShortName: 'appgwtriage'
    eventHubReceivers: hasHub
      ? [
          {
            name: 'event-hub'
            subscriptionId: subscription().subscriptionId
            tenantId: tenant().tenantId
            eventHubNameSpace: namespaceName
            eventHubName: hubName
            managedIdentity: 'SystemAssigned'
            useCommonAlertSchema: true
          }
        ]
      : []
    webhookReceivers: hasWebhook
      ? [
          {
            name: 'webhook'
            // The key of this one function: it opens no other door.
            serviceUri: 'https://${site!.properties.defaultHostName}/api/alerts/azure-monitor?code=${listKeys('${site.id}/functions/receive-alert', '2024-04-01').default}'
            useCommonAlertSchema: true
            useAadAuth: entra != null
            tenantId: entra.?tenantId
            objectId: entra.?objectId
            identifierUri: entra.?identifierUri
          }
        ]
      : []
  }
}

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' existing = if (hasHub) {
  name: hasHub ? namespaceName : 'none'

  resource hub 'eventhubs' existing = {
    name: hubName
  }
}

var eventHubsDataSender = '2b629674-e913-4c01-ae53-ef4638d8f975'

resource maySend 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (hasHub) {
  name: guid(namespace::hub.id, group.id, eventHubsDataSender)
  scope: namespace::hub
  properties: {
    principalId: group.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', eventHubsDataSender)
  }
}

output id string = group.id
