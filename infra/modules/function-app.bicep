// The app itself: Flex Consumption, one user-assigned identity, and its settings.

param name string
param planName string
param location string
param tags object
@allowed(['22', '24'])
param nodeVersion string
@allowed([512, 2048, 4096])
param instanceMemoryMb int
param maximumInstances int
@description('Instances that are always there for the doors; 0 lets the app sleep, and its first answer takes some seconds.')
param alwaysReadyInstances int
param identityId string
param identityClientId string
param deploymentContainerUrl string
param storageAccountName string
param insightsName string
param vaultUri string
@description('A subnet that is delegated to Microsoft.App/environments, or nothing.')
param integrationSubnetId string
@description('Settings of the app by name, none of them a secret.')
param settings object
@description('Names of settings whose values are secrets of the vault. SLACK_WEBHOOK_URL is the secret slack-webhook-url.')
param secretSettings array

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

// test/infra.test.ts knows these names: each is declared by the app, or is the host's and has its reason there.
var ownSettings = {
  AzureWebJobsStorage__accountName: storageAccountName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__endpointSuffix: environment().suffixes.storage
  APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  AZURE_CLIENT_ID: identityClientId
  AZURE_AUTHORITY_HOST: environment().authentication.loginEndpoint
  ARM_ENDPOINT: environment().resourceManager
}

var secrets = reduce(
  secretSettings,
  {},
  (all, setting) =>
    union(all, {
      '${setting}': '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${toLower(replace(setting, '_', '-'))})'
    })
)

resource site 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    // The doors are for Azure Monitor and PagerDuty, which come from the internet. Each wants a key, and a token beside it
    // where ENTRA_TENANT_ID and ENTRA_AUDIENCE are set.
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(integrationSubnetId) ? null : integrationSubnetId
    siteConfig: {
      ftpsState: 'Disabled'
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      remoteDebuggingEnabled: false
    }
    functionAppConfig: {
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMb
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReadyInstances > 0 ? [{ name: 'http', instanceCount: alwaysReadyInstances }] : []
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
    }
  }

  // What the template knows goes last: a setting that is handed in cannot lead the app to another account. The address for
  // links is the app's own unless somebody has a name of their own for it.
  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union({ PUBLIC_URL: 'https://${site.properties.defaultHostName}' }, settings, secrets, ownSettings)
  }

  // Packages are sent with a token of Entra ID. The two user names with passwords stay shut.
  resource noFtp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource noPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output id string = site.id
output name string = site.name
output host string = site.properties.defaultHostName
