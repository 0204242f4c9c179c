import { type Published, publishAccessLog } from './access-log-stream.ts';
import { type EventHubs, startEventHubs } from './event-hubs/event-hubs.ts';
import type { World } from './world.ts';

/** The event hubs of a simulated subscription. */
export interface Stream {
  readonly connectionString: string;
  readonly accessLogHub: string;
  readonly alertHub: string;
  readonly hubs: EventHubs;
  /** Sends the access log of the world's minutes [from, until) to its hub, as the diagnostic setting does. */
  readonly publish: (from: number, until: number) => Published;
  /** Sends an alert to the hub of alerts, as an action group does. */
  readonly sendAlert: (condition?: 'Fired' | 'Resolved') => void;
}

const ACCESS_LOG_HUB = 'access-logs';
const ALERT_HUB = 'alerts';
/** A group that is the app's own, beside the one that every hub has. */
const CONSUMER_GROUPS = ['appgw-triage'];

export async function startStream(
  world: World,
  now: () => Date,
  alert: (condition?: 'Fired' | 'Resolved') => unknown,
): Promise<Stream> {
  const hubs = await startEventHubs({
    hubs: [
      { name: ACCESS_LOG_HUB, partitions: 4, consumerGroups: CONSUMER_GROUPS },
      { name: ALERT_HUB, partitions: 2, consumerGroups: CONSUMER_GROUPS },
    ],
    now,
  });
  return {
    connectionString: hubs.connectionString,
    accessLogHub: ACCESS_LOG_HUB,
    alertHub: ALERT_HUB,
    hubs,
    publish: (from, until) => publishAccessLog(world, hubs, ACCESS_LOG_HUB, { from, until }),
    sendAlert: (condition) => void hubs.append(ALERT_HUB, '0', Buffer.from(JSON.stringify(alert(condition)))),
  };
}
