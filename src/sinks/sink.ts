import type { Notification } from '../core/notification.ts';

/** A place that people read. One folder each: a pure `render` and a small `send`. */
export interface Sink<Config = unknown, Message = unknown> {
  /** Stable and public: it is part of the delivery queue's messages and of the ledger's keys. */
  readonly name: string;
  readonly title: string;
  readonly settings: readonly SinkSetting[];
  /** The sink's configuration from its settings; undefined where it is not configured. Throws on a value that cannot work. */
  readonly configure: (values: Readonly<Record<string, string | undefined>>) => Config | undefined;
  /** The whole message, within the service's limits, with everything from outside escaped. */
  readonly render: (notification: Notification, config: Config) => Message;
  /**
   * Whether it wants the short first message, before anything was read: it wakes somebody, or it can edit what it has
   * posted. False where absent.
   */
  readonly takesPages?: (config: Config) => boolean;
  /** One attempt. Never throws for what the service did; never puts a URL, token or key into a reason. */
  readonly send: (message: Message, config: Config, context: SendContext) => Promise<SendOutcome>;
}

export interface SinkSetting {
  /** The name of the app setting: `SLACK_WEBHOOK_URL`. */
  readonly name: string;
  readonly description: string;
  readonly isSecret: boolean;
  /** An example of a value. local.settings.sample.json has it, where it is no secret and switches nothing on. */
  readonly sample: string;
  /** Set, it is enough for the sink to send; every secret counts as that. */
  readonly switchesOn?: true;
}

export interface SendContext {
  readonly fetch: typeof fetch;
  /** Aborted at the attempt's deadline. */
  readonly abort: AbortSignal;
  /** What the last message of this incident left behind at this sink. */
  readonly receipt?: string;
  /** Puts an event on an event hub; absent where nobody who sends can load the client for it. */
  readonly publish?: PublishEvent;
  /** For what is signed with its time. The clock of the machine where absent. */
  readonly now?: () => Date;
}

/**
 * Publishes one event and returns when the hub has it. Rejects with the client's error, or as soon as `abort` fires. The
 * platform builds the client, so that no sink knows an SDK.
 */
export type PublishEvent = (hub: EventHubPlace, event: HubEvent, abort: AbortSignal) => Promise<void>;

/** An event hub, reached with a connection string or with the app's own identity. */
export type EventHubPlace =
  | { readonly connectionString: string; readonly eventHub: string }
  | { readonly namespace: string; readonly eventHub: string };

export interface HubEvent {
  /** JSON in UTF-8. */
  readonly body: string;
  readonly contentType: string;
  /** Events of one key stay in order. */
  readonly partitionKey: string;
  readonly messageId: string;
}

export type SendOutcome =
  /** `receipt` is handed to the sink's next message of the same incident: the id of a message that can be edited. */
  | { readonly outcome: 'delivered'; readonly receipt?: string }
  /** Worth another attempt: throttled, 5xx, reset, timeout. `retryAfterSeconds` where the service named a time. */
  | { readonly outcome: 'retry'; readonly reason: string; readonly retryAfterSeconds?: number }
  /** Another attempt with the same message would end the same way. */
  | { readonly outcome: 'rejected'; readonly reason: string };
