// Where the gateways' logs go, and what the app says about itself.

param workspaceName string
param insightsName string
param location string
param tags object
@description('How long logs are kept, in days. The first 30 days cost nothing extra.')
@minValue(30)
@maxValue(730)
param retentionDays int
@description('The most that is taken in on one day, in GB; -1 is no limit. A limit also ends the alerts that read logs.')
param dailyQuotaGb int
param principalId string

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
    features: {
      // Who may read a gateway may read its logs, and those of no other resource.
      enableLogAccessUsingOnlyResourcePermissions: true
      disableLocalAuth: true
    }
    // Azure Monitor and people's portals come from outside; what comes in is signed in.
    publicNetworkAccessForIngestion: 'Enabled'
    publicNetworkAccessForQuery: 'Enabled'
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    // The connection string is an address then, and no key.
    DisableLocalAuth: true
    publicNetworkAccessForIngestion: 'Enabled'
    publicNetworkAccessForQuery: 'Enabled'
  }
}

var monitoringMetricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'

resource mayReport 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, monitoringMetricsPublisher)
  scope: insights
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringMetricsPublisher)
  }
}

output workspaceId string = workspace.id
output insightsId string = insights.id
output insightsName string = insights.name
