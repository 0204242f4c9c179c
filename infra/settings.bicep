// Written by scripts/generate-infra.ts from the settings that the app declares.

@export()
@description('Settings of the app that may be handed in. Those left out have the default that their description names.')
@sealed()
type plainSettings = {
  @description('The OpenTelemetry collector (OTLP over HTTP) that gets traces and metrics. Empty: nothing is measured.')
  OTEL_EXPORTER_OTLP_ENDPOINT: string?

  @description('What this app is called in traces and metrics. Default: appgw-triage.')
  OTEL_SERVICE_NAME: string?

  @description('Log Analytics, also the audience of its tokens. Default: https://api.loganalytics.io.')
  LOGS_ENDPOINT: string?

  @description('The Azure portal that messages link to. Default: https://portal.azure.com.')
  PORTAL_URL: string?

  @description('How far back logs and metrics are read, in minutes (5 to 1440). Default: 60.')
  LOOKBACK_MINUTES: string?

  @description('The time after which an investigation goes on with what it has, in seconds (10 to 240). Default: 120.')
  INVESTIGATION_SECONDS: string?

  @description('How many calls of Azure Resource Manager one investigation may make (10 to 200). Default: 40.')
  ARM_CALLS: string?

  @description('How many calls of Resource Manager all investigations of one subscription may make, a second (1 to 25). Default: 10.')
  ARM_CALLS_PER_SECOND: string?

  @description('Whether the app itself connects to members as the gateway does: true needs integration in the virtual network. Default: false.')
  PROBER_ENABLED: string?

  @description('The gateways that may be reported on: resource ids, resource groups or subscriptions, with commas between. Where it is empty, a gateway has to be found in Azure.')
  ALLOWED_GATEWAYS: string?

  @description('The tenant whose tokens the doors want beside the key. Empty: the key alone.')
  ENTRA_TENANT_ID: string?

  @description('The application id that tokens have to be for.')
  ENTRA_AUDIENCE: string?

  @description('The application ids that may call, with commas between; 461e8683-5575-4561-ac7f-899cc907d62a is the one of action groups. Empty: every application of the tenant that has a token for the audience.')
  ENTRA_CALLERS: string?

  @description('Signals of this severity or worse are paged at once, before anything is read: critical, error, warning or info. Default: error.')
  PAGE_FIRST_FROM: string?

  @description('An incident that nobody was told of after this time is told without a diagnosis (1 to 60). Default: 3.')
  PAGE_WITHIN_MINUTES: string?

  @description('How long a gateway must be well before its incident is resolved (0 to 120). Default: 5.')
  HOLD_DOWN_MINUTES: string?

  @description('A signal within this time after the end reopens the incident (0 to 1440). Default: 30.')
  REOPEN_MINUTES: string?

  @description('An incident that is still open is said again after this time; 0 means never (0 to 10080). Default: 240.')
  REPEAT_MINUTES: string?

  @description('How much older than its message a log record may be to count in its own minute, in minutes (5 to 720). Default: 60.')
  STREAM_LATE_MINUTES: string?

  @description('How long the counts of the stream and its dead letters are kept, in days (2 to 90). Default: 7.')
  STREAM_RETENTION_DAYS: string?

  @description('From how many answers of 502 or 504 on, in five minutes, a pool is in trouble (1 to 100000). Default: 10.')
  STREAM_FAILED_REQUESTS: string?

  @description('Which share of its requests these have to be, in percent (0.1 to 100). Default: 5.')
  STREAM_FAILED_PERCENT: string?

  @description('How long the stream has to be well before its trouble is over, in minutes (1 to 120). Default: 5.')
  STREAM_HOLD_DOWN_MINUTES: string?

  @description('How often the configuration of gateways without an incident is read, to know what changed; 0 means never (0 to 1440). Default: 5.')
  BASELINE_MINUTES: string?

  @description('How often backend health of gateways without an incident is read, to know how many members were healthy before (5 to 1440). Default: 30.')
  BASELINE_HEALTH_MINUTES: string?

  @description('The hour of the day, in UTC, from which on the known gateways are audited once a day for what will fail next (0 to 23), or off. Default: 5.')
  AUDIT_HOUR: string?

  @description('Incidents that are over, with all that belongs to them, are deleted after this many days; 0 keeps them (0, or 7 to 3650). Default: 90.')
  RETENTION_DAYS: string?

  @description('How long one attempt to reach a sink may take, in seconds (1 to 25). Default: 15.')
  SEND_SECONDS: string?

  @description('The address of this app as people reach it, such as https://triage.example.com, for links in messages. Empty: none.')
  PUBLIC_URL: string?

  @description('How long a link in a message opens its incident, in hours (1 to 720). Default: 72.')
  LINK_HOURS: string?

  @description('The application ids whose Entra tokens open the JSON API, with commas between; needs ENTRA_TENANT_ID and ENTRA_AUDIENCE. Empty: none.')
  WEB_CALLERS: string?

  @description('Whether people whom App Service authentication has signed in may see everything: true or false. Default: false.')
  WEB_SIGN_IN: string?

  @description('How much is logged: debug, info, warn or error. Default: info.')
  LOG_LEVEL: string?

  @description('Slack is told of incidents from this severity on: critical, error, warning or info. Default: info.')
  SLACK_FROM_SEVERITY: string?

  @description('Slack is told of lesser incidents after all when they last this many minutes. Default: never.')
  SLACK_AFTER_MINUTES: string?

  @description('Microsoft Teams is told of incidents from this severity on: critical, error, warning or info. Default: info.')
  TEAMS_FROM_SEVERITY: string?

  @description('Microsoft Teams is told of lesser incidents after all when they last this many minutes. Default: never.')
  TEAMS_AFTER_MINUTES: string?

  @description('PagerDuty is told of incidents from this severity on: critical, error, warning or info. Default: info.')
  PAGERDUTY_FROM_SEVERITY: string?

  @description('PagerDuty is told of lesser incidents after all when they last this many minutes. Default: never.')
  PAGERDUTY_AFTER_MINUTES: string?

  @description('Webhook is told of incidents from this severity on: critical, error, warning or info. Default: info.')
  WEBHOOK_FROM_SEVERITY: string?

  @description('Webhook is told of lesser incidents after all when they last this many minutes. Default: never.')
  WEBHOOK_AFTER_MINUTES: string?

  @description('Event Hub is told of incidents from this severity on: critical, error, warning or info. Default: info.')
  EVENT_HUB_FROM_SEVERITY: string?

  @description('Event Hub is told of lesser incidents after all when they last this many minutes. Default: never.')
  EVENT_HUB_AFTER_MINUTES: string?

  @description('The id of the channel that the app posts to, such as C012AB3CD; the app has to be a member of it.')
  SLACK_CHANNEL: string?

  @description('The Web API; https://slack-gov.com/api for GovSlack. Default: https://slack.com/api.')
  SLACK_API_URL: string?

  @description('The Events API; https://events.eu.pagerduty.com/v2/enqueue for accounts in the EU service region.')
  PAGERDUTY_EVENTS_URL: string?

  @description('The e-mail address of the PagerDuty user who the notes are by.')
  PAGERDUTY_FROM: string?

  @description('The REST API; https://api.eu.pagerduty.com in the EU service region.')
  PAGERDUTY_API_URL: string?

  @description('The same with the app’s own identity: the namespace’s name, such as example.servicebus.windows.net.')
  EVENT_HUB_NAMESPACE: string?

  @description('The event hub in the namespace, where the connection string names none.')
  EVENT_HUB_NAME: string?
}

@export()
@description('A setting whose value is a secret of the vault.')
type secretSetting =
  | 'OTEL_EXPORTER_OTLP_HEADERS'
  | 'HEARTBEAT_URL'
  | 'LINK_SECRET'
  | 'WEB_KEY'
  | 'SLACK_WEBHOOK_URL'
  | 'SLACK_BOT_TOKEN'
  | 'TEAMS_WEBHOOK_URL'
  | 'PAGERDUTY_ROUTING_KEY'
  | 'PAGERDUTY_API_TOKEN'
  | 'PAGERDUTY_WEBHOOK_SECRET'
  | 'WEBHOOK_URL'
  | 'WEBHOOK_SECRET'
