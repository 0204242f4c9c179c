// The alert rules of one gateway. docs/alerts.md says why each exists, and why so many published ones never fire.
import { expectedPool, thresholds } from '../types.bicep'

param gatewayId string
@description('What the names of the rules begin with: the gateway’s name, and something that tells it from one of the same name elsewhere.')
param prefix string
param location string
param tags object
param actionGroupId string
param expected expectedPool[]
param limits thresholds

// One value in five minutes is enough, so that an outage of one minute is seen; asked every minute. Azure resolves a
// metric alert by itself after three evaluations in a row that are well.
var metricWindow = 'PT5M'
var metricFrequency = 'PT1M'

// The access log arrives three to ten minutes late. A window of fifteen holds at least five whole minutes.
var logWindow = 'PT15M'
var logFrequency = 'PT5M'

// All pools and settings, each by itself: the healthy members of one pool must not hide that another has none.
var eachPool = [{ name: 'BackendSettingsPool', operator: 'Include', values: ['*'] }]

// No member is left. Minimum and not Average: an average of five minutes is below one only when the pool was gone for
// nearly all of them, and an average over all pools never is. Below one, because with one member left there is service.
resource noHealthyMember 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${prefix}-no-healthy-member'
  location: 'global'
  tags: tags
  properties: {
    description: 'A backend pool has no healthy member: every request for it is answered with 502.'
    severity: 0
    enabled: true
    autoMitigate: true
    scopes: [gatewayId]
    evaluationFrequency: metricFrequency
    windowSize: metricWindow
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'NoHealthyMember'
          metricNamespace: 'Microsoft.Network/applicationGateways'
          metricName: 'HealthyHostCount'
          timeAggregation: 'Minimum'
          operator: 'LessThan'
          threshold: 1
          dimensions: eachPool
        }
      ]
    }
    actions: [{ actionGroupId: actionGroupId }]
  }
}

// Fewer than are known to be there. It also sees a member that was taken out of the pool, of which no count of unhealthy
// ones tells. The number is the deployer's: a pool that grows and shrinks by itself has none and gets no such rule.
resource fewerThanExpected 'Microsoft.Insights/metricAlerts@2018-03-01' = [
  for (item, i) in expected: {
    name: '${prefix}-fewer-members-${i}'
    location: 'global'
    tags: tags
    properties: {
      description: 'The pool ${item.pool} with the setting ${item.setting} has fewer than ${item.members} healthy members.'
      severity: 2
      enabled: true
      autoMitigate: true
      scopes: [gatewayId]
      evaluationFrequency: metricFrequency
      windowSize: metricWindow
      criteria: {
        'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
        allOf: [
          {
            criterionType: 'StaticThresholdCriterion'
            name: 'FewerThanExpected'
            metricNamespace: 'Microsoft.Network/applicationGateways'
            metricName: 'HealthyHostCount'
            timeAggregation: 'Minimum'
            operator: 'LessThan'
            threshold: item.members
            dimensions: [
              { name: 'BackendSettingsPool', operator: 'Include', values: ['${item.pool}~${item.setting}'] }
            ]
          }
        ]
      }
      actions: [{ actionGroupId: actionGroupId }]
    }
  }
]

// One member is out. Maximum above zero: the metric counts whole members, so the smallest trouble is one.
resource unhealthyMember 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: '${prefix}-unhealthy-member'
  location: 'global'
  tags: tags
  properties: {
    description: 'A member of a backend pool does not pass its probe.'
    severity: 2
    enabled: true
    autoMitigate: true
    scopes: [gatewayId]
    evaluationFrequency: metricFrequency
    windowSize: metricWindow
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'UnhealthyMember'
          metricNamespace: 'Microsoft.Network/applicationGateways'
          metricName: 'UnhealthyHostCount'
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: 0
          dimensions: eachPool
        }
      ]
    }
    actions: [{ actionGroupId: actionGroupId }]
  }
}

// A share, because a number of failures says nothing without the traffic. A metric alert cannot divide two metrics, so the
// exported metrics are asked. They come without dimensions; the next rule tells the pools apart. Where the service counts
// failed requests apart from the others, dividing by the larger number keeps the share below one hundred.
var failedQuery = format(
  '''
union isfuzzy=true
  (datatable(TimeGenerated: datetime, MetricName: string, Total: real)[]),
  (AzureMetrics | project TimeGenerated, MetricName, Total)
| where MetricName in ('FailedRequests', 'TotalRequests')
| summarize Failed = sumif(Total, MetricName == 'FailedRequests'), Requests = sumif(Total, MetricName == 'TotalRequests')
| where Failed >= {0}
| project FailedPercent = 100.0 * Failed / max_of(Requests, Failed)
''',
  limits.minimumFailures
)

resource failedRequests 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = {
  name: '${prefix}-failed-requests'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${prefix}-failed-requests'
    description: 'At least ${limits.failedPercent} % of the gateway’s requests fail.'
    severity: 2
    enabled: true
    autoMitigate: true
    // The tables come into being with the first record, which may be after this rule.
    skipQueryValidation: true
    scopes: [gatewayId]
    evaluationFrequency: logFrequency
    windowSize: logWindow
    criteria: {
      allOf: [
        {
          query: failedQuery
          metricMeasureColumn: 'FailedPercent'
          timeAggregation: 'Maximum'
          operator: 'GreaterThanOrEqual'
          threshold: limits.failedPercent
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [actionGroupId] }
  }
}

// What users see, pool by pool, also where every member is healthy. Both forms of the access log are read, so that a
// gateway whose setting still writes AzureDiagnostics is not overlooked; a table that is not there counts as empty.
var badGatewayQuery = format(
  '''
union isfuzzy=true
  (datatable(TimeGenerated: datetime, Status: int, BackendPoolName: string, BackendSettingName: string)[]),
  (AGWAccessLogs
  | project TimeGenerated, Status = toint(HttpStatus),
      BackendPoolName = column_ifexists('BackendPoolName', ''), BackendSettingName = column_ifexists('BackendSettingName', '')),
  (AzureDiagnostics
  | where Category == 'ApplicationGatewayAccessLog'
  | project TimeGenerated, Status = toint(column_ifexists('httpStatus_d', real(null))),
      BackendPoolName = column_ifexists('backendPoolName_s', ''), BackendSettingName = column_ifexists('backendSettingName_s', ''))
| summarize Requests = count(), BadGateways = countif(Status == 502) by BackendPoolName, BackendSettingName
| where BadGateways >= {0}
| project BackendPoolName, BackendSettingName, BadGatewayPercent = 100.0 * BadGateways / Requests
''',
  limits.minimumFailures
)

resource badGateways 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = {
  name: '${prefix}-bad-gateways'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${prefix}-bad-gateways'
    description: 'At least ${limits.badGatewayPercent} % of the requests of one pool are answered with 502.'
    severity: 1
    enabled: true
    autoMitigate: true
    skipQueryValidation: true
    scopes: [gatewayId]
    evaluationFrequency: logFrequency
    windowSize: logWindow
    criteria: {
      allOf: [
        {
          query: badGatewayQuery
          metricMeasureColumn: 'BadGatewayPercent'
          timeAggregation: 'Maximum'
          operator: 'GreaterThanOrEqual'
          threshold: limits.badGatewayPercent
          dimensions: [
            { name: 'BackendPoolName', operator: 'Include', values: ['*'] }
            { name: 'BackendSettingName', operator: 'Include', values: ['*'] }
          ]
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [actionGroupId] }
  }
}

// Nothing at all. A gateway that runs reports its members every minute, with traffic or without; one that is stopped, or
// whose way out is cut by a route, reports nothing, and then none of the rules above can fire.
var silenceQuery = '''
union isfuzzy=true
  (datatable(TimeGenerated: datetime, MetricName: string)[]),
  (AzureMetrics | project TimeGenerated, MetricName)
| where MetricName in ('HealthyHostCount', 'UnhealthyHostCount')
'''

resource silence 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = {
  name: '${prefix}-no-data'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: '${prefix}-no-data'
    description: 'The gateway has reported no metric for ${limits.silentMinutes} minutes: the other rules are blind.'
    severity: 2
    enabled: true
    autoMitigate: true
    skipQueryValidation: true
    scopes: [gatewayId]
    evaluationFrequency: logFrequency
    windowSize: 'PT${limits.silentMinutes}M'
    criteria: {
      allOf: [
        {
          query: silenceQuery
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: [actionGroupId] }
  }
}

// What Azure itself says of the gateway. Activity-log alerts have no state: what ends one is the next event, which says
// Available, so that is asked for as well. Unknown is left out: it means that no signal came for ten minutes.
resource platformHealth 'Microsoft.Insights/activityLogAlerts@2020-10-01' = {
  name: '${prefix}-resource-health'
  location: 'global'
  tags: tags
  properties: {
    description: 'Azure reports the gateway as unavailable or degraded, or as available again.'
    enabled: true
    scopes: [gatewayId]
    condition: {
      allOf: [
        { field: 'category', equals: 'ResourceHealth' }
        {
          anyOf: [
            { field: 'properties.currentHealthStatus', equals: 'Unavailable' }
            { field: 'properties.currentHealthStatus', equals: 'Degraded' }
            { field: 'properties.currentHealthStatus', equals: 'Available' }
          ]
        }
      ]
    }
    actions: { actionGroups: [{ actionGroupId: actionGroupId }] }
  }
}
