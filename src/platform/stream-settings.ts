import type { EventHubTriggerOptions, RetryOptions } from '@azure/functions';
import type { Environment } from './settings.ts';

/**
 * The triggers of the event hubs, out of the app settings. The functions are registered with them as they are imported,
 * so nothing is loaded here and nothing can throw: without its hub, a function is not there.
 */
interface StreamTrigger extends EventHubTriggerOptions {
  readonly retry: RetryOptions;
  /** The programming model hands it to the host as it is: messages come as bytes, and are not parsed on the way. */
  readonly dataType: 'binary';
}

/** The app setting, or the prefix of those, that say where the hubs are. */
export const CONNECTION = 'EventHubsConnection';
/** A group of this app's own, so that nobody else moves its place in the hub. */
const CONSUMER_GROUP = 'appgw-triage';

/**
 * A batch that fails is run again in its place: what cannot be stored now can be in a minute or ten. It is finite,
 * because a batch that can never be stored must not hold its partition for ever. What is then passed over shows as
 * missing numbers, and counts are called a lower bound.
 */
const RETRY: RetryOptions = {
  strategy: 'exponentialBackoff',
  maxRetryCount: 12,
  minimumInterval: { seconds: 1 },
  maximumInterval: { seconds: 60 },
};

/** The hub of access logs; undefined where none is configured. */
export function accessLogTrigger(environment: Environment): StreamTrigger | undefined {
  return triggerOf(environment, environment.ACCESS_LOG_HUB, environment.ACCESS_LOG_CONSUMER_GROUP);
}

/** The hub of alerts; undefined where none is configured. */
export function alertTrigger(environment: Environment): StreamTrigger | undefined {
  return triggerOf(environment, environment.ALERT_HUB, environment.ALERT_CONSUMER_GROUP);
}

function triggerOf(
  environment: Environment,
  eventHubName: string | undefined,
  consumerGroup: string | undefined,
): StreamTrigger | undefined {
  if (!eventHubName || !isConnected(environment)) return undefined;
  return {
    connection: CONNECTION,
    eventHubName,
    consumerGroup: consumerGroup || CONSUMER_GROUP,
    cardinality: 'many',
    dataType: 'binary',
    retry: RETRY,
  };
}

function isConnected(environment: Environment): boolean {
  return Boolean(environment[CONNECTION] || environment[`${CONNECTION}__fullyQualifiedNamespace`]);
}
