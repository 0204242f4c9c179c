import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { resolve } from 'node:path';
import type { Core } from './core-api.ts';
import { type HostJson, readHostJson } from './host-json.ts';
import { createHttpServer, httpFunction } from './http-trigger.ts';
import { createInvoke } from './invocation.ts';
import { loadApp } from './load-app.ts';
import { describeError, filterLog, type Log, logToStderr } from './log.ts';
import { type RegisteredFunction, triggerOf } from './rpc.ts';
import { settledWithin } from './settled-within.ts';
import { planTriggers, type RunningTrigger, type TriggerPlan } from './triggers.ts';

export interface HostOptions {
  /** The folder that holds host.json and package.json: the checkout, or the built dist. */
  readonly root: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** App settings; they join the process's environment, where the app looks for them. */
  readonly settings: Readonly<Record<string, string>>;
  /** What callers of `authLevel: function` have to show; without one, nobody is asked. */
  readonly functionKey?: string;
  /** What callers of `authLevel: admin` have to show; it opens every function. */
  readonly adminKey?: string;
  readonly onLog?: Log;
}

export interface FunctionSummary {
  readonly name: string;
  readonly trigger: string;
  /** The trigger's own options, as they were registered: route, methods, authLevel, queueName, connection, schedule. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Host {
  /** Such as `http://127.0.0.1:7071`, without the route prefix. */
  readonly url: string;
  readonly functions: readonly FunctionSummary[];
  /** Takes no more work, waits for what runs (up to 20 s), and closes. Safe to call twice. */
  readonly stop: () => Promise<void>;
}

/** How long a stop waits for running invocations. */
const STOP_BOUND_MS = 20_000;

let isTaken = false;

/**
 * Stands in for the Azure Functions host: loads the built app in `root` and drives its triggers. Once per process,
 * because modules load once. Rejects with one clear sentence where the app cannot run here; a function that fails later
 * never ends the host.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  if (isTaken) throw new Error('A process can hold one host only.');
  isTaken = true;

  Object.assign(process.env, options.settings);
  const root = resolve(options.root);
  const hostJson = readHostJson(readFileSync(resolve(root, 'host.json'), 'utf8'), process.env);
  const log = filterLog(options.onLog ?? logToStderr, hostJson.logLevels);
  outliveUnhandledErrors(log);

  const core = await loadApp(root, (level, category, message) => log({ level, category, message }));
  const functions = core.functions.map(summarise);
  const plan = planTriggers(core.functions, { hostJson, settings: process.env, log });
  await core.runHooks('appStart', {});
  return run(options, hostJson, core, plan, functions, log);
}

/** Loads the app and tells what it registers, without running anything. */
export async function listFunctions(root: string): Promise<readonly FunctionSummary[]> {
  const core = await loadApp(resolve(root), () => {});
  return core.functions.map(summarise);
}

async function run(
  { port, functionKey, adminKey }: HostOptions,
  hostJson: HostJson,
  core: Core,
  plan: TriggerPlan,
  functions: readonly FunctionSummary[],
  log: Log,
): Promise<Host> {
  const invoke = createInvoke(core, log, hostJson.functionTimeoutMs);
  const outputs = plan.outputs;
  const server = createHttpServer({
    functions: plan.http.map((registered) => httpFunction(registered, hostJson.routePrefix)),
    keys: { functionKey, adminKey },
    bodyLimitBytes: bodyLimit(process.env.FUNCTIONS_REQUEST_BODY_SIZE_LIMIT),
    invoke: async (registered, request) => {
      const result = await invoke(registered, request, (response) => outputs.write(registered, response));
      return result.outcome === 'succeeded' ? { http: result.response.returnValue?.http } : undefined;
    },
    log,
  });
  const url = await listen(server, port);

  let running: readonly RunningTrigger[] = [];
  try {
    running = await plan.start(invoke);
  } catch (error) {
    await closeServer(server);
    throw error;
  }

  const stopOnce = async () => {
    await Promise.all([closeServer(server), ...running.map((trigger) => trigger.stop(STOP_BOUND_MS))]);
    await core.runHooks('appTerminate', {}).catch((error: unknown) => {
      log({ level: 'error', category: 'host', message: 'An appTerminate hook failed.', error: describeError(error) });
    });
  };
  let stopped: Promise<void> | undefined;
  return {
    url,
    functions,
    stop: () => {
      stopped ??= stopOnce();
      return stopped;
    },
  };
}

function summarise({ metadata }: RegisteredFunction): FunctionSummary {
  const { info } = triggerOf(metadata);
  const { type, direction: _direction, name: _name, properties: _properties, ...options } = info;
  return { name: metadata.name, trigger: type, options };
}

async function listen(server: Server, port: number): Promise<string> {
  // Loopback only: the app may hold real credentials, and nobody else has business with it.
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The HTTP server has no address.');
  return `http://127.0.0.1:${address.port}`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  await settledWithin(STOP_BOUND_MS, closed);
  server.closeAllConnections();
}

function bodyLimit(setting: string | undefined): number {
  const bytes = Number(setting);
  return setting !== undefined && Number.isInteger(bytes) && bytes > 0 ? bytes : 104_857_600;
}

/** A function's forgotten promise must not end the host. In Azure the worker would be restarted. */
function outliveUnhandledErrors(log: Log): void {
  const report = (error: unknown) => {
    log({
      level: 'critical',
      category: 'host',
      message: 'A function left an error unhandled.',
      error: describeError(error),
    });
  };
  process.on('uncaughtException', report);
  process.on('unhandledRejection', report);
}
