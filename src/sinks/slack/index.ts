import { postJson } from '../post-json.ts';
import { settingUrl } from '../setting-value.ts';
import type { SendOutcome, Sink } from '../sink.ts';
import { renderSlack, type SlackMessage } from './render.ts';

export interface SlackConfig {
  readonly url: string;
}

export const slack = {
  name: 'slack',
  title: 'Slack',
  settings: [
    {
      name: 'SLACK_WEBHOOK_URL',
      description: 'The incoming webhook of the Slack channel. Leave empty to send nothing to Slack.',
      isSecret: true,
      sample: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
    },
  ],
  configure: (values) => {
    const url = settingUrl(values, 'SLACK_WEBHOOK_URL');
    return url === undefined ? undefined : { url };
  },
  render: (notification) => renderSlack(notification),
  send: (message, { url }, context) => postJson({ url, body: message, judge200 }, context),
} satisfies Sink<SlackConfig, SlackMessage>;

/** A webhook says `ok`. Slack has sent errors with 200 before; those are short codes. Anything else is not Slack. */
function judge200(text: string): SendOutcome {
  const answer = text.trim();
  if (answer === 'ok') return { outcome: 'delivered' };
  if (!/^[a-z][a-z_]{1,60}$/.test(answer)) {
    return { outcome: 'retry', reason: 'The answer was 200, but not the "ok" of a Slack webhook.' };
  }
  const isPassing = PASSING_CODES.includes(answer);
  return { outcome: isPassing ? 'retry' : 'rejected', reason: `Slack answered 200 with the error ${answer}.` };
}

const PASSING_CODES = [
  'rate_limited',
  'ratelimited',
  'rollup_error',
  'internal_error',
  'fatal_error',
  'service_unavailable',
];
