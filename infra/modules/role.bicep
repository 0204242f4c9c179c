// A custom role. Its actions come from the code: infra/role-actions.json.
targetScope = 'subscription'

param roleName string
param description string
param actions string[]
param assignableScopes string[]

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, roleName)
  properties: {
    roleName: roleName
    description: description
    type: 'CustomRole'
    assignableScopes: assignableScopes
    permissions: [{ actions: actions, notActions: [], dataActions: [], notDataActions: [] }]
  }
}

output id string = role.id
