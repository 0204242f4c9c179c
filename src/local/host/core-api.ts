import { registerHooks } from 'node:module';
import type {
  FunctionCallback,
  FunctionMetadata,
  LogCategory,
  LogLevel,
  ProgrammingModel,
  RegisteredFunction,
} from './rpc.ts';

type Hook = (context: Record<string, unknown>) => unknown;
const HOOK_NAMES = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation', 'log'] as const;
type HookName = (typeof HOOK_NAMES)[number];

/** The host's end of the stand-in: what the app registered, and its hooks. */
export interface Core {
  readonly functions: readonly RegisteredFunction[];
  readonly model: () => ProgrammingModel | undefined;
  readonly runHooks: (name: Exclude<HookName, 'log'>, context: Record<string, unknown>) => Promise<void>;
  /** Runs the app's log hooks, which may change level and message. */
  readonly runLogHooks: (context: Record<string, unknown>) => void;
  /** From here on a registration is a mistake, as in the worker. */
  readonly endStartup: () => void;
}

/** Versions that the app can ask for. The first with log hooks and HTTP streams was 4.34. */
const HOST_VERSION = '4.1000.0';
const STAND_IN_URL = 'functions-core:stand-in';
const STAND_IN_KEY = Symbol.for('appgw-triage.local-host.functions-core');

/**
 * Answers `require('@azure/functions-core')` from now on, for the whole process. `@azure/functions` asks once and keeps
 * the answer, and an ES module runs once, so a process can hold one app only.
 */
export function installCore(log: (level: LogLevel, category: LogCategory, message: string) => void): Core {
  const functions: RegisteredFunction[] = [];
  const hooks = new Map<string, Set<Hook>>(HOOK_NAMES.map((name) => [name, new Set<Hook>()]));
  let model: ProgrammingModel | undefined;
  let starting = true;

  const api = {
    version: HOST_VERSION,
    hostVersion: HOST_VERSION,
    log,
    setProgrammingModel: (chosen: ProgrammingModel) => {
      model = chosen;
    },
    getProgrammingModel: () => model,
    registerFunction: (metadata: FunctionMetadata, callback: FunctionCallback) => {
      if (!starting) throw new Error('A function can only be registered while the app starts.');
      if (functions.some((known) => known.metadata.name.toLowerCase() === metadata.name.toLowerCase())) {
        throw new Error(`Two functions are named "${metadata.name}".`);
      }
      const registered = { metadata, callback };
      functions.push(registered);
      return { dispose: () => functions.splice(functions.indexOf(registered), 1) };
    },
    registerHook: (name: string, hook: Hook) => {
      const known = hooks.get(name);
      if (!known) {
        // @azure/functions recognises this error by these two properties.
        throw Object.assign(new RangeError(`Unknown hook "${name}".`), { isAzureFunctionsSystemError: true });
      }
      known.add(hook);
      return { dispose: () => known.delete(hook) };
    },
  };

  Reflect.set(globalThis, STAND_IN_KEY, api);
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === '@azure/functions-core'
        ? { url: STAND_IN_URL, format: 'commonjs', shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) =>
      url === STAND_IN_URL
        ? {
            format: 'commonjs',
            source: `module.exports = globalThis[Symbol.for(${JSON.stringify(STAND_IN_KEY.description)})];`,
            shortCircuit: true,
          }
        : next(url, context),
  });

  return {
    functions,
    model: () => model,
    runHooks: async (name, context) => {
      for (const hook of hooks.get(name) ?? []) await hook(context);
    },
    runLogHooks: (context) => {
      for (const hook of hooks.get('log') ?? []) hook(context);
    },
    endStartup: () => {
      starting = false;
    },
  };
}
