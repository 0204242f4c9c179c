// Private endpoints of storage, vault and event hubs, and the zones in which their names are found.

param token string
param location string
param tags object
param subnetId string
param makeZones bool
param storageId string
param vaultId string
@description('Empty where there is no event hub.')
param namespaceId string

var virtualNetworkId = substring(subnetId, 0, indexOf(toLower(subnetId), '/subnets/'))

var storageParts = ['blob', 'queue', 'table']
var endpoints = concat(
  map(storageParts, part => {
    part: part
    targetId: storageId
    zone: 'privatelink.${part}.${environment().suffixes.storage}'
  }),
  // The name of this zone differs from the vault's own suffix.
  [{ part: 'vault', targetId: vaultId, zone: 'privatelink.vaultcore.azure.net' }],
  empty(namespaceId)
    ? []
    : [{ part: 'namespace', targetId: namespaceId, zone: 'privatelink.servicebus.windows.net' }]
)

module zones 'private-zone.bicep' = [
  for item in endpoints: if (makeZones) {
    name: 'zone-${item.part}'
    params: { zoneName: item.zone, tags: tags, virtualNetworkId: virtualNetworkId }
  }
]

module privateEndpoints 'private-endpoint.bicep' = [
  for (item, i) in endpoints: {
    name: 'endpoint-${item.part}'
    params: {
      name: 'pe-${item.part}-${token}'
      location: location
      tags: tags
      targetId: item.targetId
      part: item.part
      subnetId: subnetId
      zoneId: makeZones ? zones[i]!.outputs.id : ''
    }
  }
]
