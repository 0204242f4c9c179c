// What is set at a gateway itself: where its logs go, and that the app may read them.

param gatewayName string
param workspaceId string
@description('The rule of the event hub namespace for the access log; empty where the log is not streamed.')
param streamRuleId string
param streamHubName string
param hasDiagnostics bool
param principalId string
@description('Whether the app may read the gateway by a built-in role. See logRights in main.bicep.')
param grantsMonitoringReader bool

resource gateway 'Microsoft.Network/applicationGateways@2024-05-01' existing = {
  name: gatewayName
}

resource toWorkspace 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (hasDiagnostics) {
  name: 'appgw-triage'
  scope: gateway
  properties: {
    workspaceId: workspaceId
    // Tables of their own (AGWAccessLogs) instead of AzureDiagnostics: cheaper to ask, and with types.
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      { category: 'ApplicationGatewayAccessLog', enabled: true }
      { category: 'ApplicationGatewayFirewallLog', enabled: true }
    ]
    // The rules about failed requests and about silence read them there.
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

// A setting of its own, because the hub gets the access log and nothing else.
resource toStream 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (hasDiagnostics && !empty(streamRuleId)) {
  name: 'appgw-triage-stream'
  scope: gateway
  properties: {
    eventHubAuthorizationRuleId: streamRuleId
    eventHubName: streamHubName
    logs: [{ category: 'ApplicationGatewayAccessLog', enabled: true }]
  }
}

var monitoringReader = '43d0d8ad-25c7-4714-9337-8ba259a9fe05'

resource mayReadLogs 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (grantsMonitoringReader) {
  name: guid(gateway.id, principalId, monitoringReader)
  scope: gateway
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', monitoringReader)
  }
}
