// The people who look after the app. A group of its own: what is broken cannot bring the message that it is.

param name string
param tags object
param emails string[]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    // Up to twelve characters.
    groupShortName: 'triageowners'
    emailReceivers: [
      for (email, index) in emails: {
        name: 'owner-${index}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

output id string = group.id
