import { postJson } from '../post-json.ts';
import { settingUrl } from '../setting-value.ts';
import type { Sink } from '../sink.ts';
import { renderWebhook, type WebhookMessage } from './render.ts';

export interface WebhookConfig {
  readonly url: string;
}

export const webhook = {
  name: 'webhook',
  title: 'Webhook',
  settings: [
    {
      name: 'WEBHOOK_URL',
      description: 'A URL that takes every notification as JSON. Leave empty to send none.',
      isSecret: true,
      sample: 'https://example.com/notifications',
    },
  ],
  configure: (values) => {
    const url = settingUrl(values, 'WEBHOOK_URL');
    return url === undefined ? undefined : { url };
  },
  render: (notification) => renderWebhook(notification),
  send: (message, { url }, context) => postJson({ url, body: message }, context),
} satisfies Sink<WebhookConfig, WebhookMessage>;
