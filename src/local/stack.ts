import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorldPlan } from '../simulator/scenario.ts';
import type { ScenarioName } from '../simulator/scenarios/index.ts';
import type { Simulator } from '../simulator/simulator.ts';
import type { Stream } from '../simulator/stream.ts';
import { startAzurite } from './azurite.ts';
import type { FunctionSummary } from './host/host.ts';
import { type Supervisor, startChild } from './processes.ts';

/** Everything that the main job needs, up and answering. */
export interface Stack {
  /** Of the local host, such as `http://127.0.0.1:7071`. */
  readonly hostUrl: string;
  /** What callers of the functions have to show. */
  readonly functionKey: string;
  readonly functions: readonly FunctionSummary[];
  readonly simulator: Simulator;
  /** The app settings that the host runs with: whoever wants to read what the functions stored needs them. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface StackOptions {
  readonly scenario: ScenarioName;
  /** The local host's; 0 takes any free one. */
  readonly port: number;
  /** Whether the access log and alerts come by event hub as well. */
  readonly stream?: boolean;
  /** A world to play in place of the scenario's. */
  readonly world?: WorldPlan;
  /** The simulator's clock, where it is not the real one. */
  readonly now?: () => Date;
  /** Further app settings, such as those of sinks that a drill does not have by itself. */
  readonly settings?: (simulator: Simulator) => Readonly<Record<string, string>>;
  /** A build to run, as `makeBuild` makes it for several stacks; a fresh one where absent. */
  readonly build?: string;
  /** Gets every line of the host's log. */
  readonly onHostLine?: (line: string) => void;
  /** Told of each part as it comes up. */
  readonly onUp?: (part: StackPart) => void;
}

export type StackPart = 'storage' | 'simulator' | 'build' | 'host';

const project = join(import.meta.dirname, '../..');
/** The host is up within a second or two; the bound is for the slowest machine imaginable. */
const READY_WITHIN_MS = 60_000;

/** Starts Azurite, the simulator and the local host on a build, side by side where they do not need each other. */
export async function startStack(supervisor: Supervisor, options: StackOptions): Promise<Stack> {
  const { folder } = await supervisor.start(async () => makeRunFolder());
  const told = async <Started>(part: StackPart, starting: Promise<Started> | Started) => {
    const started = await starting;
    options.onUp?.(part);
    return started;
  };
  const [azurite, { simulator }, build] = await Promise.all([
    told(
      'storage',
      supervisor.start((abort) => startAzurite({ abort })),
    ),
    told(
      'simulator',
      supervisor.start(() => startSimulator(options)),
    ),
    told('build', options.build ?? buildFunctions(folder)),
  ]);

  const authority = join(folder, 'authority.pem');
  writeFileSync(authority, simulator.caPem);
  const functionKey = randomBytes(24).toString('base64url');
  const settings = { ...settingsFor(simulator, azurite.connectionString), ...options.settings?.(simulator) };
  const starting = supervisor.start((abort) =>
    startChild({
      name: 'The local host',
      entry: join(import.meta.dirname, 'host/main.ts'),
      args: ['--root', build, '--port', String(options.port)],
      env: {
        ...plainEnvironment(),
        ...settings,
        NODE_EXTRA_CA_CERTS: authority,
        LOCAL_HOST_FUNCTION_KEY: functionKey,
      },
      cwd: folder,
      readReady: (message) => message as { url: string; functions: readonly FunctionSummary[] },
      readyWithinMs: READY_WITHIN_MS,
      onLine: options.onHostLine,
      abort,
    }),
  );
  const host = await told('host', starting);
  return { hostUrl: host.ready.url, functionKey, functions: host.ready.functions, simulator, settings };
}

/** The app settings of a drill: every address is the simulator's, so that nothing leaves this machine. */
function settingsFor(simulator: Simulator, storage: string): Record<string, string> {
  const { httpsUrl, httpUrl, identity, drill } = simulator;
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: storage,
    ARM_ENDPOINT: httpsUrl,
    LOGS_ENDPOINT: httpsUrl,
    ...identity,
    PROBER_ENABLED: 'true',
    PROBER_DRILL: JSON.stringify(drill),
    SLACK_WEBHOOK_URL: `${httpUrl}/slack/services/T000/B000/XXXX`,
    TEAMS_WEBHOOK_URL: `${httpUrl}/teams/workflows/drill`,
    PAGERDUTY_ROUTING_KEY: '0'.repeat(32),
    PAGERDUTY_EVENTS_URL: `${httpUrl}/pagerduty/v2/enqueue`,
    WEBHOOK_URL: `${httpUrl}/webhook`,
    WEBHOOK_SECRET: 'a-secret-of-this-drill-alone',
    WEB_OPEN: 'loopback',
    // The audit comes by at times of its own; in a drill it would tell things that the drill is not about.
    AUDIT_HOUR: 'off',
    ...(simulator.stream ? streamSettings(simulator.stream) : {}),
    // A drill is watched, so its queues are read more often, and failures come back sooner, than host.json says.
    AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:00.2',
    AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:01',
  };
}

/** Partitions are read from their start, and shared out anew quickly: a drill is not kept waiting. */
function streamSettings({ connectionString, accessLogHub, alertHub }: Stream): Record<string, string> {
  return {
    EventHubsConnection: connectionString,
    ACCESS_LOG_HUB: accessLogHub,
    ALERT_HUB: alertHub,
    AzureFunctionsJobHost__extensions__eventHubs__initialOffsetOptions__type: 'fromStart',
    AzureFunctionsJobHost__extensions__eventHubs__loadBalancingUpdateInterval: '00:00:01',
    AzureFunctionsJobHost__extensions__eventHubs__partitionOwnershipExpirationInterval: '00:00:06',
  };
}

/** What a process needs of this one's environment. Not all of it: real webhooks and real credentials stay out of a drill. */
export function plainEnvironment(): Record<string, string | undefined> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'LANG', 'TZ', 'NODE_COMPILE_CACHE'];
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

async function startSimulator({ scenario, world, stream, now }: StackOptions) {
  const { startSimulator: start } = await import('../simulator/simulator.ts');
  // A drill is not kept waiting: long-running reads are done at the first poll, which comes after a second.
  const simulator = await start({ scenario, world, pendingPolls: 0, members: true, stream, now });
  return { simulator, stop: simulator.close };
}

async function buildFunctions(folder: string): Promise<string> {
  const { build } = await import('../../scripts/build.ts');
  const outdir = join(folder, 'dist');
  await build({ root: project, outdir });
  return outdir;
}

/** Builds the functions once for several stacks of this process, which takes longer than the rest of a stack's start. */
export async function makeBuild(): Promise<{ readonly build: string; readonly stop: () => Promise<void> }> {
  const { folder, stop } = makeRunFolder('build');
  return { build: await buildFunctions(folder), stop };
}

/**
 * A folder of this run alone, so that two runs of one checkout do not take each other's build away. It lies in the
 * checkout, because the build finds the packages that stay outside it in the checkout's node_modules.
 */
function makeRunFolder(kind: 'run' | 'build' = 'run'): {
  readonly folder: string;
  readonly stop: () => Promise<void>;
} {
  const parent = join(project, '.local');
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const [, pid] = /^(?:run|build)-(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const folder = join(parent, `${kind}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return { folder, stop: async () => rmSync(folder, { recursive: true, force: true }) };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process may run under the number; then the folder stays, which harms nobody.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
