// The shapes of what is handed in. They are checked before anything is created.

@export()
@description('A pool behind a setting, and how many of its members ought to be healthy.')
@sealed()
type expectedPool = {
  @description('The name of the backend pool.')
  pool: string

  @description('The name of the backend setting that the pool is used with.')
  setting: string

  @description('How many members the metric counts when all is well. A member given by name counts once for each address that the name has.')
  @minValue(1)
  members: int
}

@export()
@description('One Application Gateway that is looked after.')
@sealed()
type gateway = {
  @description('Its resource id.')
  id: string

  @description('Its region, where it is not the region of this deployment. A gateway elsewhere cannot write to the event hub: Azure wants both in one region.')
  region: string?

  @description('Whether its logs and metrics are sent to the workspace and the event hub. Default: true. Set it to false where a setting of your own does that already.')
  diagnostics: bool?

  @description('Whether alert rules are made for it. Default: true.')
  alerts: bool?

  @description('What is expected of its pools. Without it there is no rule for "fewer members than expected".')
  pools: expectedPool[]?
}

@export()
@description('Numbers of the alert rules. docs/alerts.md gives the reason for each.')
@sealed()
type thresholds = {
  @description('The share of requests, in percent, that fail before the rule fires.')
  @minValue(1)
  @maxValue(100)
  failedPercent: int

  @description('The share of requests of one pool, in percent, that are answered with 502 before the rule fires.')
  @minValue(1)
  @maxValue(100)
  badGatewayPercent: int

  @description('Below so many failures nothing is said, whatever their share.')
  @minValue(1)
  minimumFailures: int

  @description('After so many minutes without one metric of the gateway the rule fires.')
  silentMinutes: 15 | 30 | 45 | 60
}
