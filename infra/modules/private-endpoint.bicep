// One private endpoint, and the zone in which its name is found.

param name string
param location string
param tags object
param targetId string
@description('Which part of the target: blob, queue, table, vault or namespace.')
param part string
param subnetId string
@description('The private DNS zone that takes the name; empty where somebody else keeps the zones.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      { name: part, properties: { privateLinkServiceId: targetId, groupIds: [part] } }
    ]
  }

  resource zone 'privateDnsZoneGroups' = if (!empty(zoneId)) {
    name: 'default'
    properties: { privateDnsZoneConfigs: [{ name: part, properties: { privateDnsZoneId: zoneId } }] }
  }
}
