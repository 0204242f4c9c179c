import * as z from 'zod';
import { type BaselinePolicy, DEFAULT_BASELINE } from '../core/baseline.ts';
import { DEFAULT_POLICY, type LifecyclePolicy } from '../core/lifecycle.ts';
import { DEFAULT_RETENTION_DAYS, MIN_RETENTION_DAYS } from '../core/retention.ts';
import { SEVERITIES } from '../core/severity.ts';
import { sinks } from '../sinks/index.ts';
import { TIME_LIMITS } from '../traffic/time-limits.ts';
import { TROUBLE_SETTINGS, type TroubleSettings } from '../traffic/trouble-settings.ts';
import { proberDrill } from './prober-drill.ts';
import { routeSettingsOf } from './routes.ts';

/** One app setting, as the deployment and local.settings.sample.json know it. */
export interface SettingDeclaration {
  readonly name: string;
  readonly description: string;
  readonly isSecret: boolean;
  /** A value for local.settings.sample.json. */
  readonly sample: string;
}

/** Read by the Functions host or by SDKs themselves; declared here so that no setting is known to one place alone. */
const hostSettings: readonly SettingDeclaration[] = [
  {
    name: 'FUNCTIONS_WORKER_RUNTIME',
    description: 'Always node. Read by the Functions host.',
    isSecret: false,
    sample: 'node',
  },
  {
    name: 'AzureWebJobsStorage',
    description: 'Storage for incidents, snapshots and queues: a connection string. Leave it out to use an identity.',
    isSecret: true,
    sample: 'UseDevelopmentStorage=true',
  },
  {
    name: 'AzureWebJobsStorage__accountName',
    description: 'The storage account, used with an identity in place of a connection string.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'AzureWebJobsStorage__endpointSuffix',
    description: 'The storage domain of the cloud, for an account used with an identity. Default: core.windows.net.',
    isSecret: false,
    sample: 'core.windows.net',
  },
  {
    name: 'AZURE_CLIENT_ID',
    description: 'The client id of the user-assigned identity. Leave it out for the system-assigned one.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    description:
      'The OpenTelemetry collector (OTLP over HTTP) that gets traces and metrics. Empty: nothing is measured.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    description: 'Headers for the collector, such as its key: name=value, with commas between. Read by the SDK.',
    isSecret: true,
    sample: '',
  },
  {
    name: 'OTEL_SERVICE_NAME',
    description: 'What this app is called in traces and metrics. Default: appgw-triage.',
    isSecret: false,
    sample: 'appgw-triage',
  },
  {
    name: 'AZURE_AUTHORITY_HOST',
    description: 'The token authority, for sovereign clouds. Read by @azure/identity. Default: the public cloud.',
    isSecret: false,
    sample: 'https://login.microsoftonline.com',
  },
  {
    name: 'EventHubsConnection',
    description:
      'The event hubs of logs and alerts: a connection string. Leave it out to use an identity, or where there are none.',
    isSecret: true,
    sample: '',
  },
  {
    name: 'EventHubsConnection__fullyQualifiedNamespace',
    description: 'The namespace of these event hubs, used with an identity in place of a connection string.',
    isSecret: false,
    sample: '',
  },
];

const ownSettings: readonly SettingDeclaration[] = [
  {
    name: 'ARM_ENDPOINT',
    description: 'Azure Resource Manager, also the audience of its tokens. Default: https://management.azure.com.',
    isSecret: false,
    sample: 'https://management.azure.com',
  },
  {
    name: 'LOGS_ENDPOINT',
    description: 'Log Analytics, also the audience of its tokens. Default: https://api.loganalytics.io.',
    isSecret: false,
    sample: 'https://api.loganalytics.io',
  },
  {
    name: 'PORTAL_URL',
    description: 'The Azure portal that messages link to. Default: https://portal.azure.com.',
    isSecret: false,
    sample: 'https://portal.azure.com',
  },
  {
    name: 'LOOKBACK_MINUTES',
    description: 'How far back logs and metrics are read, in minutes (5 to 1440). Default: 60.',
    isSecret: false,
    sample: '60',
  },
  {
    name: 'INVESTIGATION_SECONDS',
    description:
      'The time after which an investigation goes on with what it has, in seconds (10 to 240). Default: 120.',
    isSecret: false,
    sample: '120',
  },
  {
    name: 'ARM_CALLS',
    description: 'How many calls of Azure Resource Manager one investigation may make (10 to 200). Default: 40.',
    isSecret: false,
    sample: '40',
  },
  {
    name: 'ARM_CALLS_PER_SECOND',
    description:
      'How many calls of Resource Manager all investigations of one subscription may make, a second (1 to 25). Default: 10.',
    isSecret: false,
    sample: '10',
  },
  {
    name: 'PROBER_ENABLED',
    description:
      'Whether the app itself connects to members as the gateway does: true needs integration in the virtual network. Default: false.',
    isSecret: false,
    sample: 'false',
  },
  {
    name: 'PROBER_DRILL',
    description:
      'Only the local drill sets it: where on this machine the members are that it plays. Refused unless ARM_ENDPOINT is on this machine as well.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'ALLOWED_GATEWAYS',
    description:
      'The gateways that may be reported on: resource ids, resource groups or subscriptions, with commas between. Where it is empty, a gateway has to be found in Azure.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'HEARTBEAT_URL',
    description:
      'Asked every minute while everything moves: the address of a dead man’s switch, whose silence is the alarm.',
    isSecret: true,
    sample: '',
  },
  {
    name: 'ENTRA_TENANT_ID',
    description: 'The tenant whose tokens the doors want beside the key. Empty: the key alone.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'ENTRA_AUDIENCE',
    description: 'The application id that tokens have to be for.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'ENTRA_CALLERS',
    description:
      'The application ids that may call, with commas between; 461e8683-5575-4561-ac7f-899cc907d62a is the one of action groups. Empty: every application of the tenant that has a token for the audience.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'PAGE_FIRST_FROM',
    description:
      'Signals of this severity or worse are paged at once, before anything is read: critical, error, warning or info. Default: error.',
    isSecret: false,
    sample: 'error',
  },
  {
    name: 'PAGE_WITHIN_MINUTES',
    description:
      'An incident that nobody was told of after this time is told without a diagnosis (1 to 60). Default: 3.',
    isSecret: false,
    sample: '3',
  },
  {
    name: 'HOLD_DOWN_MINUTES',
    description: 'How long a gateway must be well before its incident is resolved (0 to 120). Default: 5.',
    isSecret: false,
    sample: '5',
  },
  {
    name: 'REOPEN_MINUTES',
    description: 'A signal within this time after the end reopens the incident (0 to 1440). Default: 30.',
    isSecret: false,
    sample: '30',
  },
  {
    name: 'REPEAT_MINUTES',
    description:
      'An incident that is still open is said again after this time; 0 means never (0 to 10080). Default: 240.',
    isSecret: false,
    sample: '240',
  },
  {
    name: 'ACCESS_LOG_HUB',
    description: 'The event hub that diagnostic settings of gateways send their logs to. Empty: no stream is read.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'ACCESS_LOG_CONSUMER_GROUP',
    description: 'The consumer group of the log hub that is this app’s alone. Default: appgw-triage.',
    isSecret: false,
    sample: 'appgw-triage',
  },
  {
    name: 'ALERT_HUB',
    description: 'The event hub that action groups send their alerts to. Empty: alerts come by webhook alone.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'ALERT_CONSUMER_GROUP',
    description: 'The consumer group of the alert hub that is this app’s alone. Default: appgw-triage.',
    isSecret: false,
    sample: 'appgw-triage',
  },
  {
    name: 'STREAM_LATE_MINUTES',
    description:
      'How much older than its message a log record may be to count in its own minute, in minutes (5 to 720). Default: 60.',
    isSecret: false,
    sample: '60',
  },
  {
    name: 'STREAM_RETENTION_DAYS',
    description: 'How long the counts of the stream and its dead letters are kept, in days (2 to 90). Default: 7.',
    isSecret: false,
    sample: '7',
  },
  {
    name: 'STREAM_FAILED_REQUESTS',
    description:
      'From how many answers of 502 or 504 on, in five minutes, a pool is in trouble (1 to 100000). Default: 10.',
    isSecret: false,
    sample: '10',
  },
  {
    name: 'STREAM_FAILED_PERCENT',
    description: 'Which share of its requests these have to be, in percent (0.1 to 100). Default: 5.',
    isSecret: false,
    sample: '5',
  },
  {
    name: 'STREAM_HOLD_DOWN_MINUTES',
    description: 'How long the stream has to be well before its trouble is over, in minutes (1 to 120). Default: 5.',
    isSecret: false,
    sample: '5',
  },
  {
    name: 'BASELINE_MINUTES',
    description:
      'How often the configuration of gateways without an incident is read, to know what changed; 0 means never (0 to 1440). Default: 5.',
    isSecret: false,
    sample: '5',
  },
  {
    name: 'BASELINE_HEALTH_MINUTES',
    description:
      'How often backend health of gateways without an incident is read, to know how many members were healthy before (5 to 1440). Default: 30.',
    isSecret: false,
    sample: '30',
  },
  {
    name: 'AUDIT_HOUR',
    description:
      'The hour of the day, in UTC, from which on the known gateways are audited once a day for what will fail next (0 to 23), or off. Default: 5.',
    isSecret: false,
    sample: '5',
  },
  {
    name: 'RETENTION_DAYS',
    description:
      'Incidents that are over, with all that belongs to them, are deleted after this many days; 0 keeps them (0, or 7 to 3650). Default: 90.',
    isSecret: false,
    sample: '90',
  },
  {
    name: 'SEND_SECONDS',
    description: 'How long one attempt to reach a sink may take, in seconds (1 to 25). Default: 15.',
    isSecret: false,
    sample: '15',
  },
  {
    name: 'PUBLIC_URL',
    description:
      'The address of this app as people reach it, such as https://triage.example.com, for links in messages. Empty: none.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'LINK_SECRET',
    description:
      'Signs the links in messages: at least 32 random characters. Empty: messages have no link to their page.',
    isSecret: true,
    sample: '',
  },
  {
    name: 'LINK_HOURS',
    description: 'How long a link in a message opens its incident, in hours (1 to 720). Default: 72.',
    isSecret: false,
    sample: '72',
  },
  {
    name: 'WEB_KEY',
    description:
      'Opens the pages and the JSON API: at least 32 random characters, sent as x-api-key or as the password that a browser asks for. Empty: no key opens them.',
    isSecret: true,
    sample: '',
  },
  {
    name: 'WEB_CALLERS',
    description:
      'The application ids whose Entra tokens open the JSON API, with commas between; needs ENTRA_TENANT_ID and ENTRA_AUDIENCE. Empty: none.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'WEB_SIGN_IN',
    description:
      'Whether people whom App Service authentication has signed in may see everything: true or false. Default: false.',
    isSecret: false,
    sample: 'false',
  },
  {
    name: 'WEB_OPEN',
    description:
      'Set to loopback, the pages are open to everybody on this machine, for development; it has no effect in Azure. Empty: closed.',
    isSecret: false,
    sample: '',
  },
  {
    name: 'LOG_LEVEL',
    description: 'How much is logged: debug, info, warn or error. Default: info.',
    isSecret: false,
    sample: 'info',
  },
];

export const settingDeclarations: readonly SettingDeclaration[] = [
  ...hostSettings,
  ...ownSettings,
  ...sinks.flatMap(routeSettingsOf),
  // Copied as they are, the samples must not send anything anywhere.
  ...sinks
    .flatMap((sink) => sink.settings)
    .map(({ switchesOn, ...setting }) => (setting.isSecret || switchesOn ? { ...setting, sample: '' } : setting)),
];

export type Environment = Readonly<Record<string, string | undefined>>;

const endpoint = (fallback: string) =>
  z
    .url({ protocol: /^https$/, error: 'must be an absolute https URL' })
    .default(fallback)
    .transform((url) => url.replace(/\/+$/, ''));

const HUB = /^[a-z0-9]([a-z0-9._-]{0,254}[a-z0-9])?$/i;
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Values with commas between, in lower case, without slashes at their ends. */
const list = (each: RegExp, error: string) =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim().toLowerCase().replace(/\/+$/, ''))
        .filter(Boolean),
    )
    .pipe(z.array(z.string().regex(each, error)));

const minutes = (min: number, max: number) => z.coerce.number('must be a number of minutes').min(min).max(max);

const schema = z.object({
  AzureWebJobsStorage: z.string().optional(),
  AzureWebJobsStorage__accountName: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, 'must be a storage account name')
    .optional(),
  AzureWebJobsStorage__endpointSuffix: z
    .string()
    .regex(/^[a-z0-9.-]+$/, 'must be a domain')
    .default('core.windows.net'),
  AZURE_CLIENT_ID: z.string().optional(),
  ARM_ENDPOINT: endpoint('https://management.azure.com'),
  LOGS_ENDPOINT: endpoint('https://api.loganalytics.io'),
  PORTAL_URL: endpoint('https://portal.azure.com'),
  LOOKBACK_MINUTES: z.coerce.number('must be a number').min(5).max(1440).default(60),
  INVESTIGATION_SECONDS: z.coerce.number('must be a number').min(10).max(240).default(120),
  ARM_CALLS: z.coerce.number('must be a number').int().min(10).max(200).default(40),
  ARM_CALLS_PER_SECOND: z.coerce.number('must be a number').min(1).max(25).default(10),
  PROBER_ENABLED: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
  PROBER_DRILL: proberDrill.optional(),
  ALLOWED_GATEWAYS: list(/^\/subscriptions\/[^/]+(\/|$)/i, 'must be resource ids that begin with /subscriptions/'),
  HEARTBEAT_URL: z.url({ protocol: /^https?$/, error: 'must be a URL' }).optional(),
  ENTRA_TENANT_ID: z.string().regex(GUID, 'must be a tenant id').optional(),
  ENTRA_AUDIENCE: z.string().min(1).optional(),
  ENTRA_CALLERS: list(GUID, 'must be application ids'),
  AZURE_AUTHORITY_HOST: z.url({ protocol: /^https$/ }).optional(),
  PAGE_FIRST_FROM: z.enum(SEVERITIES).default(DEFAULT_POLICY.pageFirstFrom),
  PAGE_WITHIN_MINUTES: minutes(1, 60).default(DEFAULT_POLICY.pageWithinMinutes),
  HOLD_DOWN_MINUTES: minutes(0, 120).default(DEFAULT_POLICY.holdDownMinutes),
  REOPEN_MINUTES: minutes(0, 1440).default(DEFAULT_POLICY.reopenMinutes),
  REPEAT_MINUTES: minutes(0, 10_080).default(DEFAULT_POLICY.repeatMinutes),
  ACCESS_LOG_HUB: z.string().regex(HUB, 'must be the name of an event hub').optional(),
  ALERT_HUB: z.string().regex(HUB, 'must be the name of an event hub').optional(),
  STREAM_LATE_MINUTES: minutes(5, 720).default(TIME_LIMITS.lateMinutes),
  STREAM_RETENTION_DAYS: z.coerce.number('must be a number of days').min(2).max(90).default(7),
  STREAM_FAILED_REQUESTS: z.coerce
    .number('must be a number')
    .min(1)
    .max(100_000)
    .default(TROUBLE_SETTINGS.failedRequests),
  STREAM_FAILED_PERCENT: z.coerce
    .number('must be a number')
    .min(0.1)
    .max(100)
    .default(TROUBLE_SETTINGS.failedShare * 100),
  STREAM_HOLD_DOWN_MINUTES: minutes(1, 120).default(TROUBLE_SETTINGS.holdDownMinutes),
  BASELINE_MINUTES: minutes(0, 1440).default(DEFAULT_BASELINE.configMinutes),
  BASELINE_HEALTH_MINUTES: minutes(5, 1440).default(DEFAULT_BASELINE.healthMinutes),
  AUDIT_HOUR: z
    .string()
    .regex(/^(off|[01]?\d|2[0-3])$/i, 'must be an hour from 0 to 23, or off')
    .default('5')
    .transform((text) => (text.toLowerCase() === 'off' ? undefined : Number(text))),
  RETENTION_DAYS: z.coerce
    .number('must be a number of days')
    .max(3650)
    .refine((days) => days === 0 || days >= MIN_RETENTION_DAYS, `must be 0, or at least ${MIN_RETENTION_DAYS}`)
    .default(DEFAULT_RETENTION_DAYS),
  SEND_SECONDS: z.coerce.number('must be a number').min(1).max(25).default(15),
  PUBLIC_URL: z
    .url({ protocol: /^https$/, error: 'must be an absolute https URL' })
    .transform((url) => url.replace(/\/+$/, ''))
    .optional(),
  LINK_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  LINK_HOURS: z.coerce.number('must be a number of hours').int().min(1).max(720).default(72),
  WEB_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  WEB_CALLERS: list(GUID, 'must be application ids'),
  WEB_SIGN_IN: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
  WEB_OPEN: z.enum(['loopback']).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type Settings = z.infer<typeof schema>;

/**
 * Reads the settings. An empty value counts as absent, as the portal stores it. Throws an Error that names every wrong
 * setting and what it must be, never its value.
 */
export function readSettings(environment: Environment): Settings {
  const present = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(present);
  if (result.success && isDrillPermitted(result.data)) return result.data;
  const problems = result.error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? [
    'PROBER_DRILL must not be set where Azure is asked, only in a local drill',
  ];
  throw new Error(`These settings are not usable: ${problems.join('; ')}.`);
}

/** An app that asks the real Azure has real members, and is not to be led elsewhere. */
function isDrillPermitted({ PROBER_DRILL, ARM_ENDPOINT }: Settings): boolean {
  return PROBER_DRILL === undefined || /^https:\/\/127\.0\.0\.1(:\d+)?$/.test(ARM_ENDPOINT);
}

export function troubleSettingsOf(settings: Settings): TroubleSettings {
  return {
    ...TROUBLE_SETTINGS,
    failedRequests: settings.STREAM_FAILED_REQUESTS,
    failedShare: settings.STREAM_FAILED_PERCENT / 100,
    holdDownMinutes: settings.STREAM_HOLD_DOWN_MINUTES,
  };
}

export function baselineOf({ BASELINE_MINUTES, BASELINE_HEALTH_MINUTES }: Settings): BaselinePolicy {
  return { configMinutes: BASELINE_MINUTES, healthMinutes: BASELINE_HEALTH_MINUTES };
}

export function policyOf(settings: Settings): LifecyclePolicy {
  return {
    holdDownMinutes: settings.HOLD_DOWN_MINUTES,
    reopenMinutes: settings.REOPEN_MINUTES,
    repeatMinutes: settings.REPEAT_MINUTES,
    pageFirstFrom: settings.PAGE_FIRST_FROM,
    pageWithinMinutes: settings.PAGE_WITHIN_MINUTES,
  };
}
