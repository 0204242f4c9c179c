// Fifty gateways in two subscriptions and two regions, as a platform team has them:
//   az deployment sub what-if --location westeurope --template-file infra/main.bicep --parameters infra/examples/fifty-gateways.bicepparam
using '../main.bicep'

param environmentName = 'triage-fifty'
param location = 'westeurope'

var subscriptions = ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002']

// Every fifth gateway is in the other region: its logs go to the workspace, and not to the event hub.
param gateways = map(range(1, 50), number => {
  id: '/subscriptions/${subscriptions[number % 2]}/resourceGroups/rg-team-${number}/providers/Microsoft.Network/applicationGateways/agw-team-${number}'
  region: number % 5 == 0 ? 'northeurope' : 'westeurope'
  pools: [{ pool: 'web', setting: 'https', members: 2 }]
})

param readScopes = map(subscriptions, id => '/subscriptions/${id}/resourceGroups/NetworkWatcherRG')

// Fifty gateways rarely fail together, but a change of the network does just that.
param alwaysReadyInstances = 1
param maximumThroughputUnits = 10
param storageSku = 'Standard_ZRS'
param logRetentionDays = 90

param settings = {
  ARM_CALLS_PER_SECOND: '5'
  PAGE_FIRST_FROM: 'critical'
}
param secretSettings = ['TEAMS_WEBHOOK_URL', 'PAGERDUTY_ROUTING_KEY']
