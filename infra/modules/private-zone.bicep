// A private DNS zone and its link to the network in which the app asks for names.

param zoneName string
param tags object
param virtualNetworkId string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: zoneName
  location: 'global'
  tags: tags

  resource link 'virtualNetworkLinks' = {
    name: 'appgw-triage'
    location: 'global'
    properties: { registrationEnabled: false, virtualNetwork: { id: virtualNetworkId } }
  }
}

output id string = zone.id
