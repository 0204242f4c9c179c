// What `azd up` deploys with. Everything comes from the azd environment (`azd env set NAME VALUE`); docs/deploy.md lists it.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'appgw-triage')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

// A list in JSON, as in examples/one-gateway.bicepparam: [{"id":"/subscriptions/..."}]
param gateways = json(readEnvironmentVariable('GATEWAYS', '[]'))
param readScopes = json(readEnvironmentVariable('READ_SCOPES', '[]'))

// Settings of the app by name, and the names of those whose values are in the vault.
param settings = json(readEnvironmentVariable('APP_SETTINGS', '{}'))
param secretSettings = json(readEnvironmentVariable('SECRET_SETTINGS', '[]'))

// Who looks after the app itself: ["somebody@example.com"]
param ownerEmails = json(readEnvironmentVariable('OWNER_EMAILS', '[]'))

param logRights = readEnvironmentVariable('LOG_RIGHTS', 'monitoring-reader')
param streamAccessLogs = bool(readEnvironmentVariable('STREAM_ACCESS_LOGS', 'true'))
param alertsThroughEventHub = bool(readEnvironmentVariable('ALERTS_THROUGH_EVENT_HUB', 'true'))
param alertsThroughWebhook = bool(readEnvironmentVariable('ALERTS_THROUGH_WEBHOOK', 'false'))
param nodeVersion = readEnvironmentVariable('NODE_VERSION', '24')
param storageSku = readEnvironmentVariable('STORAGE_SKU', 'Standard_LRS')
param alwaysReadyInstances = int(readEnvironmentVariable('ALWAYS_READY_INSTANCES', '0'))
param integrationSubnetId = readEnvironmentVariable('INTEGRATION_SUBNET_ID', '')
param privateEndpointSubnetId = readEnvironmentVariable('PRIVATE_ENDPOINT_SUBNET_ID', '')
param makePrivateZones = bool(readEnvironmentVariable('MAKE_PRIVATE_ZONES', 'true'))
