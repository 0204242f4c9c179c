// One gateway with two pools, in the region of the app:
//   az deployment sub what-if --location westeurope --template-file infra/main.bicep --parameters infra/examples/one-gateway.bicepparam
using '../main.bicep'

param environmentName = 'triage-one'
param location = 'westeurope'

param gateways = [
  {
    id: '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop/providers/Microsoft.Network/applicationGateways/agw-shop'
    pools: [
      { pool: 'shop-web', setting: 'https-443', members: 3 }
      { pool: 'shop-api', setting: 'https-8443', members: 2 }
    ]
  }
]

// The network watcher tests connections, and the members are in a group of their own.
param readScopes = [
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/NetworkWatcherRG'
  '/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-shop-members'
]

param settings = {
  PAGERDUTY_FROM_SEVERITY: 'error'
}
param secretSettings = ['SLACK_WEBHOOK_URL', 'PAGERDUTY_ROUTING_KEY']
