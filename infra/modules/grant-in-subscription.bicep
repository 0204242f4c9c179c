// A role in a whole subscription. Only the list of fired alerts needs one.
targetScope = 'subscription'

param principalId string
param roleDefinitionId string

resource grant 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, roleDefinitionId)
  properties: { principalId: principalId, principalType: 'ServicePrincipal', roleDefinitionId: roleDefinitionId }
}
