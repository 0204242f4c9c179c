// Alert rules about the program itself. docs/runbook.md says what each means, and what to do.

@description('The Application Insights component that the app writes to.')
param insightsId string
@description('The workspace behind it.')
param workspaceId string
@description('Who is told. Not the program’s own action group: what is broken cannot bring its own message.')
param actionGroupId string
param prefix string
param location string
param tags object

// Every line that the app logs is one JSON object with the stable name of the event. The Functions host takes lines of a
// worker from its output and guesses their severity from words in them, so the level is read off the line itself.
var lines = format(
  '''
union isfuzzy=true
  (datatable(TimeGenerated: datetime, Message: string, _ResourceId: string)[]),
  AppTraces
| where _ResourceId =~ '{0}' and Message startswith '{{"level":'
| extend Line = parse_json(Message)
| extend Event = tostring(Line.event), Level = toint(Line.level), Problem = tostring(Line.problem), Sink = tostring(Line.sink)
''',
  insightsId
)

var rules = [
  {
    // The sweep logs one line a minute. Fifteen minutes survive a deployment, a cold start and late logs.
    name: 'silent'
    description: 'No sweep has ended for fifteen minutes: incidents are not followed, and nobody is told what was missed.'
    severity: 1
    query: '${lines}| where Event == \'sweep.done\''
    operator: 'LessThan'
    threshold: 1
    dimensions: []
  }
  {
    // Each is a message that people should have got and did not. One is enough.
    name: 'message-lost'
    description: 'A sink did not take a message, and it was given up: it is a dead letter.'
    severity: 1
    query: '${lines}| where Event == \'delivery.failed\''
    operator: 'GreaterThan'
    threshold: 0
    dimensions: [{ name: 'Sink', operator: 'Include', values: ['*'] }]
  }
  {
    // The program’s own audit: queues that stand, incidents that do not move, investigations that were given up.
    name: 'stuck'
    description: 'The program says that its own work does not move, or that a queue gave a message up.'
    severity: 2
    query: '${lines}| where Event in (\'audit.problem\', \'poison.taken-up\', \'poison.not-taken-up\')'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: [
      { name: 'Event', operator: 'Include', values: ['*'] }
      { name: 'Problem', operator: 'Include', values: ['*'] }
    ]
  }
  {
    // Doors answer 503 and nothing is taken in: alerts are repeated by Azure Monitor, but not for ever.
    name: 'settings'
    description: 'A setting is missing or wrong: no alert is taken in.'
    severity: 1
    query: '${lines}| where Event == \'settings.unusable\''
    operator: 'GreaterThan'
    threshold: 0
    dimensions: []
  }
  {
    // 50 is the level of errors. What has a rule above is left out.
    name: 'errors'
    description: 'The program logged an error.'
    severity: 3
    query: '${lines}| where Level >= 50 and Event !in (\'delivery.failed\', \'audit.problem\', \'poison.taken-up\', \'poison.not-taken-up\', \'settings.unusable\')'
    operator: 'GreaterThan'
    threshold: 0
    dimensions: [{ name: 'Event', operator: 'Include', values: ['*'] }]
  }
  {
    // A queue message is tried five times, so that single failures mend themselves; more than five are no passing trouble.
    // The health endpoint answers 503 on purpose, and has its callers.
    name: 'function-failures'
    description: 'Functions fail again and again.'
    severity: 2
    query: format(
      '''
union isfuzzy=true
  (datatable(TimeGenerated: datetime, Success: bool, ResultCode: string, OperationName: string, _ResourceId: string)[]),
  AppRequests
| where _ResourceId =~ '{0}' and Success == false and OperationName != 'health'
| where toint(ResultCode) == 0 or toint(ResultCode) >= 500
''',
      insightsId
    )
    operator: 'GreaterThan'
    threshold: 5
    dimensions: [{ name: 'OperationName', operator: 'Include', values: ['*'] }]
  }
]

resource selfAlerts 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [
  for rule in rules: {
    name: '${prefix}-self-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: '${prefix}-self-${rule.name}'
      description: rule.description
      severity: rule.severity
      enabled: true
      autoMitigate: true
      // The tables come into being with the first record, which may be after this rule.
      skipQueryValidation: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: rule.operator
            threshold: rule.threshold
            dimensions: rule.dimensions
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [actionGroupId] }
    }
  }
]
