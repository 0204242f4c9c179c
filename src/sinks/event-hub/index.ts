import { settingValue } from '../setting-value.ts';
import type { EventHubPlace, HubEvent, SendOutcome, Sink } from '../sink.ts';
import { renderEventHub } from './render.ts';

export const eventHub = {
  name: 'event-hub',
  title: 'Event Hub',
  settings: [
    {
      name: 'EVENT_HUB_CONNECTION_STRING',
      description:
        'The event hub, or its namespace, that takes every notification as a CloudEvent. Goes before an identity.',
      isSecret: true,
      sample: 'Endpoint=sb://example.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=AAAA',
    },
    {
      name: 'EVENT_HUB_NAMESPACE',
      description:
        'The same with the app’s own identity: the namespace’s name, such as example.servicebus.windows.net.',
      isSecret: false,
      sample: 'example.servicebus.windows.net',
      switchesOn: true,
    },
    {
      name: 'EVENT_HUB_NAME',
      description: 'The event hub in the namespace, where the connection string names none.',
      isSecret: false,
      sample: 'incidents',
    },
  ],
  configure: (values) => {
    const connectionString = settingValue(values, 'EVENT_HUB_CONNECTION_STRING');
    const namespace = settingValue(values, 'EVENT_HUB_NAMESPACE');
    if (connectionString === undefined && namespace === undefined) return undefined;
    const eventHub = hubIn(connectionString) ?? settingValue(values, 'EVENT_HUB_NAME');
    if (eventHub === undefined) throw new Error('EVENT_HUB_NAME must name the event hub');
    if (!/^[a-z0-9][a-z0-9._-]{0,255}$/i.test(eventHub)) {
      throw new Error('EVENT_HUB_NAME must be the name of an event hub: letters, digits, dots, hyphens, underscores');
    }
    if (connectionString !== undefined) {
      if (!/^Endpoint=sb:\/\/[^;\s]+;.*\bSharedAccess(Key|Signature)=[^;]/i.test(connectionString)) {
        throw new Error(
          'EVENT_HUB_CONNECTION_STRING must be a connection string with Endpoint=sb:// and a shared access key',
        );
      }
      return { connectionString, eventHub };
    }
    if (namespace === undefined || !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(namespace)) {
      throw new Error('EVENT_HUB_NAMESPACE must be the full name of a namespace, without sb:// and slashes');
    }
    return { namespace, eventHub };
  },
  render: (notification) => renderEventHub(notification),
  send: async (event, place, { publish, abort }) => {
    if (!publish) return { outcome: 'rejected', reason: 'Nothing here can publish to an event hub.' };
    try {
      await publish(place, event, abort);
      return { outcome: 'delivered' };
    } catch (error) {
      return failure(error, abort);
    }
  },
} satisfies Sink<EventHubPlace, HubEvent>;

function hubIn(connectionString: string | undefined): string | undefined {
  return /(?:^|;)\s*EntityPath=([^;]+)/i.exec(connectionString ?? '')?.[1]?.trim();
}

/** The client's errors with which the same event would end again. Everything else may pass. */
const FINAL: readonly string[] = [
  'UnauthorizedError',
  'MessagingEntityNotFoundError',
  'MessagingEntityDisabledError',
  'MessageTooLargeError',
  'ArgumentError',
  'ArgumentOutOfRangeError',
  'NotImplementedError',
];

/** The client's messages hold host names, so only the names of its errors are looked at. */
function failure(error: unknown, abort: AbortSignal): SendOutcome {
  if (abort.aborted) return { outcome: 'retry', reason: 'No answer before the deadline of the attempt.' };
  const { code, name } = (typeof error === 'object' && error !== null ? error : {}) as {
    code?: unknown;
    name?: unknown;
  };
  const known = [code, name].find((word) => typeof word === 'string' && /^[A-Za-z][A-Za-z0-9_]{2,60}$/.test(word));
  const isFinal = FINAL.some((word) => word === code || word === name);
  return {
    outcome: isFinal ? 'rejected' : 'retry',
    reason: `The event hub did not take the event (${known ?? 'unknown error'}).`,
  };
}
