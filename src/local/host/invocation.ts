import { randomBytes, randomUUID } from 'node:crypto';
import type { Core } from './core-api.ts';
import { describeError, type Log } from './log.ts';
import type { CoreInvocationContext, InvocationRequest, InvocationResponse, RegisteredFunction } from './rpc.ts';

export type InvocationOutcome =
  | { readonly outcome: 'succeeded'; readonly response: InvocationResponse }
  | { readonly outcome: 'failed' };

export type Invoke = (
  registered: RegisteredFunction,
  request: InvocationRequest,
  deliver?: (response: InvocationResponse) => Promise<void>,
) => Promise<InvocationOutcome>;

/**
 * Runs functions through their programming model, hooks included. Never throws: a function that fails, or overruns
 * `timeoutMs`, is logged and counts as failed. One that overruns cannot be stopped here (in Azure the worker is
 * restarted), so it runs on, and what it returns is dropped.
 *
 * `deliver` writes the outputs of a successful run; when it fails, the invocation has failed.
 */
export function createInvoke(core: Core, log: Log, timeoutMs: number): Invoke {
  return async (registered, request, deliver) => {
    const invocationId = randomUUID();
    const about = { function: registered.metadata.name, invocationId } as const;
    const startedAt = performance.now();
    try {
      const response = await within(timeoutMs, run(core, log, registered, request, invocationId));
      await deliver?.(response);
      const tookMs = Math.round(performance.now() - startedAt);
      log({ level: 'debug', category: 'host', message: 'Function succeeded.', ...about, tookMs });
      return { outcome: 'succeeded', response };
    } catch (error) {
      const tookMs = Math.round(performance.now() - startedAt);
      const message = error instanceof FunctionTimeout ? 'Function ran out of time.' : 'Function failed.';
      log({ level: 'error', category: 'host', message, ...about, tookMs, error: describeError(error) });
      return { outcome: 'failed' };
    }
  };
}

class FunctionTimeout extends Error {}

/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

async function run(
  core: Core,
  log: Log,
  { metadata, callback }: RegisteredFunction,
  request: InvocationRequest,
  invocationId: string,
): Promise<InvocationResponse> {
  const model = core.model();
  if (!model) throw new Error('No programming model is set.');

  const hookData = {};
  const invocation: { context?: unknown } = {};
  const coreContext: CoreInvocationContext = {
    invocationId,
    metadata,
    request: { ...request, invocationId, traceContext: { traceParent: newTraceParent() } },
    log: (level, category, message) => {
      const entry = { hookData, level, category, message, invocationContext: invocation.context };
      core.runLogHooks(entry);
      // A log hook may have changed both.
      log({ level: entry.level, message: entry.message, category, function: metadata.name, invocationId });
    },
  };

  const steps = model.getInvocationModel(coreContext);
  const { context, inputs } = await steps.getArguments();
  invocation.context = context;

  coreContext.state = 'preInvocationHooks';
  const before = { hookData, invocationContext: context, inputs, functionCallback: callback };
  await core.runHooks('preInvocation', before);
  coreContext.state = undefined;

  const after: Record<string, unknown> = { hookData, invocationContext: context, inputs: before.inputs };
  try {
    after.result = await steps.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error ?? new Error('The function threw nothing.');
  }
  coreContext.state = 'postInvocationHooks';
  await core.runHooks('postInvocation', after);
  coreContext.state = undefined;

  // A post-invocation hook may clear an error or set one, so this reads what it left.
  if (after.error !== undefined && after.error !== null) throw after.error;
  return steps.getResponse(context, after.result);
}

/** A W3C trace parent that is not sampled. */
function newTraceParent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
}

async function within<Value>(timeoutMs: number, work: Promise<Value>): Promise<Value> {
  if (!Number.isFinite(timeoutMs)) return work;
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => timeout.reject(new FunctionTimeout('functionTimeout of host.json')),
    Math.min(timeoutMs, LONGEST_TIMER_MS),
  );
  try {
    return await Promise.race([work, timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}
