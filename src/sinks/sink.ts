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
  /** A value for local.settings.sample.json. */
  readonly sample: string;
}

export interface SendContext {
  readonly fetch: typeof fetch;
  /** Aborted at the attempt's deadline. */
  readonly abort: AbortSignal;
  /** What the last message of this incident left behind at this sink. */
  readonly receipt?: string;
}

export type SendOutcome =
  /** `receipt` is handed to the sink's next message of the same incident: the id of a message that can be edited. */
  | { readonly outcome: 'delivered'; readonly receipt?: string }
  /** Worth another attempt: throttled, 5xx, reset, timeout. `retryAfterSeconds` where the service named a time. */
  | { readonly outcome: 'retry'; readonly reason: string; readonly retryAfterSeconds?: number }
  /** Another attempt with the same message would end the same way. */
  | { readonly outcome: 'rejected'; readonly reason: string };
