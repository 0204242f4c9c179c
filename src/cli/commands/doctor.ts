import { parseArgs } from 'node:util';
import { type GatewayId, parseGatewayId } from '../../core/resource-id.ts';
import type { SetUp } from '../../doctor/check.ts';
import { examine, type Report } from '../../doctor/examine.ts';
import type { Doctor } from '../../platform/doctor-port.ts';
import type { Settings } from '../../platform/settings.ts';
import { CliError, type Command, type Io } from '../command.ts';
import { printJson } from '../diagnosis-json.ts';
import { doctorJson } from '../doctor-json.ts';
import { doctorText } from '../doctor-text.ts';
import { gatewaysInScopes } from '../gateways-in-scopes.ts';
import { usable } from '../live.ts';
import { startProgress } from '../progress.ts';
import { readFileBytes, readStream } from '../read-bytes.ts';
import { screenFor } from '../screen.ts';
import { usageError } from '../usage.ts';

const help = `Usage: appgw-triage doctor [--gateway ID ...] [--subscription ID] [options]

Reads the set-up with your own az login and says, line by line, what works and
what cannot, each problem with the command that mends it: rights for each kind
of evidence, diagnostic settings, event hubs, alert rules that can never fire or
never resolve, action groups, sinks, the clock, certificates about to expire. It
changes nothing.

ok: works. warn: works, and is worth a change. fail: cannot work. unknown: could
not be read, which is none of the others.

Options:
  --gateway ID       a gateway's resource id; may be repeated. Without it and
                     --subscription, what ALLOWED_GATEWAYS names
  --subscription ID  all gateways of a subscription
  --settings FILE    the settings to check, in place of this shell's: a
                     local.settings.json, or what az functionapp config
                     appsettings list prints; - for stdin
  --principal ID     whose rights are judged, by object id: the identity of the
                     installation; your own where absent
  --send-test        send a marked test message through each sink
  --json             print one JSON object instead of text
  --color            colour even where the output is no terminal
  --no-color         no colour (the variable NO_COLOR does the same)
  -h, --help         show this help

Exit code: 0 when nothing failed; 1 when something did; 2 on bad usage, when
nobody is signed in, or when nothing could be read.

Examples:
  appgw-triage doctor --subscription "$(az account show --query id -o tsv)"

  az functionapp config appsettings list -g rg -n app \\
    | appgw-triage doctor --settings - --send-test
`;

export const doctor = { help, run } satisfies Command;

const options = {
  gateway: { type: 'string', multiple: true },
  subscription: { type: 'string', multiple: true },
  settings: { type: 'string' },
  principal: { type: 'string' },
  'send-test': { type: 'boolean' },
  json: { type: 'boolean' },
  color: { type: 'boolean' },
} as const;

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const EXIT_FAILED = 1;
const EXIT_UNREAD = 2;

/** Whatever could be read of Azure decides; where that is nothing, nothing was found out. */
function exitCodeOf({ state, groups }: Report): number {
  if (state === 'fail') return EXIT_FAILED;
  const asked = groups.flatMap(({ gateway, findings }) =>
    findings.filter(({ check }) => gateway !== undefined || check === 'subscriptions'),
  );
  return asked.every((finding) => finding.state === 'unknown') ? EXIT_UNREAD : 0;
}

async function run(args: readonly string[], io: Io): Promise<void> {
  const values = readUsage(args);
  const [{ readSettings }, { createDoctor }, { gatewaysIn }] = await Promise.all([
    import('../../platform/settings.ts'),
    import('../../platform/doctor-port.ts'),
    import('../../platform/doctor-scope.ts'),
  ]);
  const checked = await settingsToCheck(values.settings, io);
  const problem = problemWith(() => readSettings(checked));
  // What is asked, and as whom, is this shell's affair; only the rest of a file's settings is looked at.
  const own = usable(() => readSettings(pick(values.settings === undefined ? checked : io.env, NEEDED)));
  const allowed = usable(() => readSettings(pick(checked, ['ALLOWED_GATEWAYS']))).ALLOWED_GATEWAYS;
  const scopes = scopesFrom(values, allowed);
  const port = await createDoctor(own);
  const progress = startProgress(io);
  try {
    progress.say('Signing in');
    await signedIn(port);
    progress.say('Looking for gateways');
    const gateways = await gatewaysInScopes(scopes, (scope) => gatewaysIn(port.arm, scope));
    if (values.sendTest && gateways.length === 0)
      throw new CliError('there is no gateway in scope that a test message could be about');
    const setUp: SetUp = {
      settings: checked,
      gatewayCount: gateways.length,
      subscriptions: subscriptionsOf(scopes, gateways),
      ...(problem === undefined ? {} : { settingsProblem: problem }),
      ...(values.principal === undefined ? {} : { principalId: values.principal }),
      ...(values.sendTest && gateways[0] ? { sendTestAbout: gateways[0] } : {}),
    };
    progress.say('Looking at the set-up');
    const report = await examine(port, setUp, gateways, ({ name }, index) =>
      progress.say(`Looking at gateway ${index + 1} of ${gateways.length}: ${name}`),
    );
    progress.end();
    io.stdout.write(values.json ? printJson(doctorJson(report)) : doctorText(report, screenFor(io, values.color)));
    process.exitCode = exitCodeOf(report);
  } finally {
    progress.end();
  }
}

/** The settings without which nothing can be asked. */
const NEEDED = ['ARM_ENDPOINT', 'AZURE_CLIENT_ID', 'PORTAL_URL', 'AZURE_AUTHORITY_HOST'] as const satisfies readonly (
  | keyof Settings
  | string
)[];

function pick(values: Io['env'], names: readonly string[]): Io['env'] {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

/** The environment's, or those of a file: then nothing of this shell mixes in. */
async function settingsToCheck(path: string | undefined, { stdin, env }: Io): Promise<Io['env']> {
  if (path === undefined) return env;
  const { settingsIn } = await import('../../platform/doctor-scope.ts');
  if (path === '-' && stdin.isTTY) throw new CliError('stdin is a terminal: pipe the settings into this command');
  const shownAs = path === '-' ? 'stdin' : path;
  const bytes = path === '-' ? await readStream(stdin, shownAs) : await readFileBytes(path, shownAs);
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new CliError(`${shownAs} is no JSON`);
  }
  const settings = settingsIn(document);
  if (!settings) throw new CliError(`${shownAs} holds no settings: neither Values nor a list of names and values`);
  return settings;
}

function problemWith(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'The settings are not usable.';
  }
}

interface Usage {
  readonly gateways: readonly string[];
  readonly subscriptions: readonly string[];
  readonly settings?: string;
  readonly principal?: string;
  readonly sendTest: boolean;
  readonly json: boolean;
  readonly color?: boolean;
}

function scopesFrom({ gateways, subscriptions }: Usage, allowed: readonly string[]): readonly string[] {
  const named = [...gateways, ...subscriptions.map((id) => `/subscriptions/${id}`)];
  const scopes = named.length > 0 ? named : allowed;
  if (scopes.length > 0) return scopes;
  throw new CliError('doctor needs --gateway or --subscription, or ALLOWED_GATEWAYS; see doctor --help');
}

async function signedIn(port: Pick<Doctor, 'signIn'>): Promise<void> {
  try {
    await port.signIn();
  } catch {
    throw new CliError('cannot sign in to Azure: az login, and try again');
  }
}

function subscriptionsOf(scopes: readonly string[], gateways: readonly GatewayId[]): readonly string[] {
  const named = scopes.flatMap((scope) => /^\/subscriptions\/([^/]+)/i.exec(scope)?.[1]?.toLowerCase() ?? []);
  return [...new Set([...named, ...gateways.map(({ subscription }) => subscription.toLowerCase())])];
}

function readUsage(args: readonly string[]): Usage {
  const { values, positionals } = parse(args);
  if (positionals.length > 0) throw new CliError(`doctor takes no ${positionals[0]}; see doctor --help`);
  const { gateway: gateways = [], subscription: subscriptions = [], settings, principal, json = false, color } = values;
  if (gateways.some((id) => !parseGatewayId(id))) {
    throw new CliError(
      '--gateway takes the whole resource id: /subscriptions/.../providers/Microsoft.Network/applicationGateways/<name>',
    );
  }
  if (subscriptions.some((id) => !GUID.test(id))) throw new CliError('--subscription takes the id of a subscription');
  if (principal !== undefined && !GUID.test(principal))
    throw new CliError(
      '--principal takes the object id of an identity, as az identity show --query principalId prints it',
    );
  return {
    gateways,
    subscriptions,
    json,
    sendTest: values['send-test'] === true,
    ...(settings === undefined ? {} : { settings }),
    ...(principal === undefined ? {} : { principal }),
    ...(color === undefined ? {} : { color }),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, allowNegative: true });
  } catch (error) {
    throw usageError(error, 'doctor');
  }
}
