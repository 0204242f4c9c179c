import { startEventHubTrigger } from './event-hub-trigger.ts';
import { eventHubOf } from './event-hub-trigger-binding.ts';
import { batchData, batchMetadata } from './event-hub-trigger-data.ts';
import { readRetryPolicy } from './event-hub-trigger-retry.ts';
import type { HostJson } from './host-json.ts';
import type { Invoke } from './invocation.ts';
import type { Log } from './log.ts';
import { parseNcrontab } from './ncrontab.ts';
import { type OpenQueue, queueOf, resolveSettings, writeQueueOutput } from './queue-storage.ts';
import { startQueueTrigger } from './queue-trigger.ts';
import {
  type BindingInfo,
  type InvocationResponse,
  type RegisteredFunction,
  type RpcTypedData,
  triggerOf,
} from './rpc.ts';
import { settledWithin } from './settled-within.ts';
import { startTimerTrigger, systemClock } from './timer-trigger.ts';

export interface TriggerPlan {
  readonly http: readonly RegisteredFunction[];
  readonly outputs: Outputs;
  readonly start: (invoke: Invoke) => Promise<readonly RunningTrigger[]>;
}

export interface RunningTrigger {
  readonly stop: (boundMs: number) => Promise<void>;
}

export interface Outputs {
  /** Writes what a function gave its output bindings. Rejects where one could not be written. */
  readonly write: (registered: RegisteredFunction, response: InvocationResponse) => Promise<void>;
}

interface Surroundings {
  readonly hostJson: HostJson;
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

type Starter = (invoke: Invoke, outputs: Outputs) => Promise<RunningTrigger>;
type Driver = (registered: RegisteredFunction, surroundings: Surroundings) => Starter;

/** One driver for each trigger type; HTTP is not among them, because all its functions share one server. */
const DRIVERS: Readonly<Record<string, Driver>> = {
  eventhubtrigger: driveEventHub,
  queuetrigger: driveQueue,
  timertrigger: driveTimer,
};

/**
 * Reads every function's bindings before anything runs. Throws one clear sentence on a binding that is wrong; a trigger
 * that this host does not drive only leaves a warning, so that the other functions still run.
 */
export function planTriggers(functions: readonly RegisteredFunction[], surroundings: Surroundings): TriggerPlan {
  const http: RegisteredFunction[] = [];
  const starters: Starter[] = [];
  for (const registered of functions) {
    const { name } = registered.metadata;
    const { type } = triggerOf(registered.metadata).info;
    const driver = DRIVERS[type.toLowerCase()];
    if (type.toLowerCase() === 'httptrigger') http.push(registered);
    else if (driver) starters.push(naming(name, () => driver(registered, surroundings)));
    else {
      const message = 'The local host does not drive this trigger; the function will not run.';
      surroundings.log({ level: 'warning', category: 'host', message, function: name, trigger: type });
    }
  }
  const outputs = planOutputs(functions, surroundings);
  return { http, outputs, start: (invoke) => Promise.all(starters.map((start) => start(invoke, outputs))) };
}

function driveQueue(registered: RegisteredFunction, { hostJson, settings, log }: Surroundings): Starter {
  const trigger = triggerOf(registered.metadata);
  const { queueName, open } = queueOf(trigger.info, settings);
  return async (invoke, outputs) => {
    const [queue, poisonQueue] = await Promise.all([open(queueName), open(`${queueName}-poison`)]);
    return startQueueTrigger({
      functionName: registered.metadata.name,
      queue,
      poisonQueue,
      options: hostJson.queues,
      ...leaseOf(settings),
      log,
      handle: async ({ text, item }) => {
        const date = (at: Date): RpcTypedData => ({ json: JSON.stringify(at) });
        const request = {
          inputData: [{ name: trigger.name, data: { string: text } }],
          triggerMetadata: {
            QueueTrigger: { string: text },
            Id: { string: item.messageId },
            PopReceipt: { string: item.popReceipt },
            DequeueCount: { json: String(item.dequeueCount) },
            InsertionTime: date(item.insertedOn),
            ExpirationTime: date(item.expiresOn),
            NextVisibleTime: date(item.nextVisibleOn),
          },
        };
        const result = await invoke(registered, request, (response) => outputs.write(registered, response));
        return result.outcome === 'succeeded';
      },
    });
  };
}

/** The service's host always holds a message for ten minutes; a proof that kills hosts cannot wait that long for each. */
function leaseOf({ LOCAL_HOST_QUEUE_LEASE_SECONDS: seconds }: Surroundings['settings']) {
  const holdMs = Number(seconds) * 1_000;
  return holdMs > 0 ? { lease: { holdMs, prolongEveryMs: holdMs / 3 } } : {};
}

function driveEventHub(registered: RegisteredFunction, { hostJson, settings, log }: Surroundings): Starter {
  const trigger = triggerOf(registered.metadata);
  const binding = eventHubOf(trigger.info, settings);
  const retry = readRetryPolicy(registered.metadata.retryOptions);
  return async (invoke, outputs) =>
    startEventHubTrigger({
      functionName: registered.metadata.name,
      binding,
      options: hostJson.eventHubs,
      ...(retry ? { retry } : {}),
      log,
      handle: async ({ events, partition, retry: retryContext }) => {
        const request = {
          inputData: [{ name: trigger.name, data: batchData(events, binding.dataType) }],
          triggerMetadata: batchMetadata(events, partition),
          ...(retryContext ? { retryContext } : {}),
        };
        const result = await invoke(registered, request, (response) => outputs.write(registered, response));
        return result.outcome === 'succeeded';
      },
    });
}

function driveTimer(registered: RegisteredFunction, { settings, log }: Surroundings): Starter {
  const trigger = triggerOf(registered.metadata);
  const schedule = parseNcrontab(resolveSettings(String(trigger.info.schedule ?? ''), settings));
  if (registered.metadata.retryOptions !== undefined) {
    const message = 'The local host does not apply retry policies.';
    log({ level: 'warning', category: 'host', message, function: registered.metadata.name });
  }
  return async (invoke, outputs) => {
    let inWork: Promise<unknown> = Promise.resolve();
    const timer = startTimerTrigger({
      schedule,
      runOnStartup: trigger.info.runOnStartup === true,
      clock: systemClock,
      fire: async (data) => {
        const request = { inputData: [{ name: trigger.name, data }] };
        const run = invoke(registered, request, (response) => outputs.write(registered, response));
        inWork = run;
        await run;
      },
    });
    return {
      stop: async (boundMs) => {
        timer.stop();
        await settledWithin(boundMs, inWork);
      },
    };
  };
}

/** Opens every queue output once. Other outputs are refused here rather than dropped later. */
function planOutputs(functions: readonly RegisteredFunction[], { hostJson, settings }: Surroundings): Outputs {
  const opened = new Map<string, () => ReturnType<OpenQueue>>();
  const key = (functionName: string, bindingName: string) => `${functionName}/${bindingName}`;

  for (const { metadata } of functions) {
    for (const [bindingName, info] of outputsOf(metadata.bindings)) {
      if (info.type.toLowerCase() !== 'queue') {
        throw new Error(`Function "${metadata.name}" has an output that the local host cannot write: "${info.type}".`);
      }
      const { queueName, open } = naming(metadata.name, () => queueOf(info, settings));
      let client: ReturnType<OpenQueue> | undefined;
      opened.set(key(metadata.name, bindingName), () => {
        client ??= open(queueName);
        return client;
      });
    }
  }

  return {
    write: async ({ metadata }, response) => {
      for (const [bindingName] of outputsOf(metadata.bindings)) {
        const queue = await opened.get(key(metadata.name, bindingName))?.();
        const data =
          bindingName === '$return'
            ? response.returnValue
            : response.outputData?.find((output) => output.name === bindingName)?.data;
        if (queue) await writeQueueOutput(queue, data, hostJson.queues.messageEncoding);
      }
    },
  };
}

/** The outputs that are written somewhere; the HTTP answer is none of them. */
function outputsOf(bindings: Readonly<Record<string, BindingInfo>>): readonly (readonly [string, BindingInfo])[] {
  return Object.entries(bindings).filter(([, info]) => info.direction === 'out' && info.type.toLowerCase() !== 'http');
}

/** Puts the function's name before what went wrong while it was planned. */
function naming<Value>(functionName: string, plan: () => Value): Value {
  try {
    return plan();
  } catch (error) {
    throw new Error(`Function "${functionName}": ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
