import { postJson } from '../post-json.ts';
import { settingUrl, settingValue } from '../setting-value.ts';
import type { Sink } from '../sink.ts';
import { type PagerDutyMessage, renderPagerDuty } from './render.ts';

export interface PagerDutyConfig {
  readonly routingKey: string;
  readonly eventsUrl: string;
}

const EVENTS_URL = 'https://events.pagerduty.com/v2/enqueue';

export const pagerduty = {
  name: 'pagerduty',
  title: 'PagerDuty',
  settings: [
    {
      name: 'PAGERDUTY_ROUTING_KEY',
      description: 'The integration key of a service with an Events API v2 integration. Leave empty to page nobody.',
      isSecret: true,
      sample: '00000000000000000000000000000000',
    },
    {
      name: 'PAGERDUTY_EVENTS_URL',
      description: 'The Events API; https://events.eu.pagerduty.com/v2/enqueue for accounts in the EU service region.',
      isSecret: false,
      sample: EVENTS_URL,
    },
  ],
  configure: (values) => {
    const eventsUrl = settingUrl(values, 'PAGERDUTY_EVENTS_URL') ?? EVENTS_URL;
    const routingKey = settingValue(values, 'PAGERDUTY_ROUTING_KEY');
    if (routingKey === undefined) return undefined;
    if (!/^[A-Za-z0-9]{32}$/.test(routingKey)) {
      throw new Error('PAGERDUTY_ROUTING_KEY must be the 32 letters and digits of an integration key');
    }
    return { routingKey, eventsUrl };
  },
  takesPages: () => true,
  render: (notification) => renderPagerDuty(notification),
  send: async (message, { routingKey, eventsUrl }, context) => {
    // There was nothing to deliver; the message holds the reason.
    if (message.kind === 'nothing') return { outcome: 'delivered' };
    return postJson({ url: eventsUrl, body: { routing_key: routingKey, ...message.event } }, context);
  },
} satisfies Sink<PagerDutyConfig, PagerDutyMessage>;
