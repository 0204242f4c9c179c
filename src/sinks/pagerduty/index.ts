import { settingUrl, settingValue } from '../setting-value.ts';
import type { Sink } from '../sink.ts';
import { type PagerDutyMessage, renderPagerDuty } from './render.ts';
import type { PagerDutyRest } from './rest.ts';
import { type PagerDutyConfig, sendPagerDuty } from './send.ts';

const EVENTS_URL = 'https://events.pagerduty.com/v2/enqueue';
const API_URL = 'https://api.pagerduty.com';

export const pagerduty = {
  name: 'pagerduty',
  title: 'PagerDuty',
  settings: [
    {
      name: 'PAGERDUTY_ROUTING_KEY',
      description:
        'The integration key of a service with an Events API v2 integration. Leave empty to page nobody, and only to add notes to incidents that PagerDuty opened itself.',
      isSecret: true,
      sample: '00000000000000000000000000000000',
    },
    {
      name: 'PAGERDUTY_EVENTS_URL',
      description: 'The Events API; https://events.eu.pagerduty.com/v2/enqueue for accounts in the EU service region.',
      isSecret: false,
      sample: EVENTS_URL,
    },
    {
      name: 'PAGERDUTY_API_TOKEN',
      description: 'A REST API key that may read incidents and add notes to them. Empty: no notes.',
      isSecret: true,
      sample: 'u+0000000000000000',
    },
    {
      name: 'PAGERDUTY_FROM',
      description: 'The e-mail address of the PagerDuty user who the notes are by.',
      isSecret: false,
      sample: 'appgw-triage@example.com',
    },
    {
      name: 'PAGERDUTY_API_URL',
      description: 'The REST API; https://api.eu.pagerduty.com in the EU service region.',
      isSecret: false,
      sample: API_URL,
    },
    {
      name: 'PAGERDUTY_WEBHOOK_SECRET',
      description:
        'The secret of a V3 webhook subscription that sends incident.triggered to webhooks/pagerduty. Empty: that door is shut.',
      isSecret: true,
      sample: 'the-secret-that-pagerduty-showed-once',
    },
  ],
  configure: (values) => {
    const eventsUrl = settingUrl(values, 'PAGERDUTY_EVENTS_URL') ?? EVENTS_URL;
    const routingKey = settingValue(values, 'PAGERDUTY_ROUTING_KEY');
    const rest = restOf(values);
    if (routingKey === undefined) return rest && { rest };
    if (!/^[A-Za-z0-9]{32}$/.test(routingKey)) {
      throw new Error('PAGERDUTY_ROUTING_KEY must be the 32 letters and digits of an integration key');
    }
    return { events: { routingKey, eventsUrl }, ...(rest ? { rest } : {}) };
  },
  takesPages: ({ events }) => events !== undefined,
  render: (notification) => renderPagerDuty(notification),
  send: sendPagerDuty,
} satisfies Sink<PagerDutyConfig, PagerDutyMessage>;

/** The REST API, where it is configured. Throws an Error that names the setting which cannot work. */
export function restOf(values: Readonly<Record<string, string | undefined>>): PagerDutyRest | undefined {
  const apiUrl = (settingUrl(values, 'PAGERDUTY_API_URL') ?? API_URL).replace(/\/+$/, '');
  const token = settingValue(values, 'PAGERDUTY_API_TOKEN');
  const from = settingValue(values, 'PAGERDUTY_FROM');
  if (token === undefined) return undefined;
  if (!/^[A-Za-z0-9+/_=.-]{10,300}$/.test(token)) throw new Error('PAGERDUTY_API_TOKEN must be a REST API key');
  if (from === undefined || !/^[\x21-\x3f\x41-\x7e]{1,100}@[A-Za-z0-9.-]{1,150}$/.test(from)) {
    throw new Error('PAGERDUTY_FROM must be the e-mail address of a user of PagerDuty');
  }
  return { apiUrl, token, from };
}
