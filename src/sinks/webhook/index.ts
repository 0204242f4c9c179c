import { CLOUD_EVENT_TYPE, type CloudEvent } from '../cloud-event.ts';
import { postJson } from '../post-json.ts';
import { settingUrl, settingValue } from '../setting-value.ts';
import type { Sink } from '../sink.ts';
import { renderWebhook } from './render.ts';
import { signatureHeaders } from './sign.ts';

export interface WebhookConfig {
  readonly url: string;
  /** Messages are not signed without it. */
  readonly secret?: string;
}

/** A shorter secret can be guessed from one message and its signature. */
const SHORTEST_SECRET = 16;

export const webhook = {
  name: 'webhook',
  title: 'Webhook',
  settings: [
    {
      name: 'WEBHOOK_URL',
      description: 'A URL that takes every notification as a CloudEvent 1.0 in JSON. Leave empty to send none.',
      isSecret: true,
      sample: 'https://example.com/notifications',
    },
    {
      name: 'WEBHOOK_SECRET',
      description:
        'What messages to WEBHOOK_URL are signed with (HMAC-SHA256), 16 characters or more. Empty: unsigned.',
      isSecret: true,
      sample: 'a-secret-shared-with-the-receiver',
    },
  ],
  configure: (values) => {
    const url = settingUrl(values, 'WEBHOOK_URL');
    const secret = settingValue(values, 'WEBHOOK_SECRET');
    if (url === undefined) return undefined;
    if (secret !== undefined && secret.length < SHORTEST_SECRET) {
      throw new Error(`WEBHOOK_SECRET must have ${SHORTEST_SECRET} characters or more`);
    }
    return { url, ...(secret === undefined ? {} : { secret }) };
  },
  render: (notification) => renderWebhook(notification),
  send: async (message, { url, secret }, context) => {
    const body = JSON.stringify(message);
    const now = context.now ?? (() => new Date());
    const headers = secret === undefined ? {} : await signatureHeaders(secret, body, now());
    return postJson({ url, body, contentType: CLOUD_EVENT_TYPE, headers }, context);
  },
} satisfies Sink<WebhookConfig, CloudEvent>;
