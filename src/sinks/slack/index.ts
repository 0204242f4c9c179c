import { postJson } from '../post-json.ts';
import { settingUrl, settingValue } from '../setting-value.ts';
import type { SendContext, SendOutcome, Sink } from '../sink.ts';
import { tellInPlace } from './living-message.ts';
import { renderSlack, renderSlackThread, type SlackMessage, type SlackThread, withoutImage } from './render.ts';
import { isCode, PASSING_CODES } from './web-api.ts';

export type SlackConfig =
  /** Posts every message anew: a webhook cannot edit. */
  | { readonly way: 'webhook'; readonly url: string }
  /** One living message for each incident. */
  | { readonly way: 'bot'; readonly apiUrl: string; readonly token: string; readonly channel: string };

const API_URL = 'https://slack.com/api';

export const slack = {
  name: 'slack',
  title: 'Slack',
  settings: [
    {
      name: 'SLACK_WEBHOOK_URL',
      description:
        'The incoming webhook of the Slack channel, which posts every message anew. Not used beside a bot token.',
      isSecret: true,
      sample: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
    },
    {
      name: 'SLACK_BOT_TOKEN',
      description:
        'The token of a Slack app with the scope chat:write, which keeps one message for each incident up to date.',
      isSecret: true,
      sample: 'xoxb-000000000000-000000000000-xxxxxxxxxxxxxxxxxxxxxxxx',
    },
    {
      name: 'SLACK_CHANNEL',
      description: 'The id of the channel that the app posts to, such as C012AB3CD; the app has to be a member of it.',
      isSecret: false,
      sample: 'C012AB3CD',
    },
    {
      name: 'SLACK_API_URL',
      description: 'The Web API; https://slack-gov.com/api for GovSlack. Default: https://slack.com/api.',
      isSecret: false,
      sample: API_URL,
    },
  ],
  configure: (values) => {
    const url = settingUrl(values, 'SLACK_WEBHOOK_URL');
    const apiUrl = (settingUrl(values, 'SLACK_API_URL') ?? API_URL).replace(/\/+$/, '');
    const token = settingValue(values, 'SLACK_BOT_TOKEN');
    const channel = settingValue(values, 'SLACK_CHANNEL');
    if (token === undefined) return url === undefined ? undefined : { way: 'webhook', url };
    if (!/^xox[a-z](\.xox[a-z])?-[A-Za-z0-9-]{10,300}$/.test(token)) {
      throw new Error('SLACK_BOT_TOKEN must be the token of a bot, which begins with xoxb-');
    }
    if (channel === undefined || !/^([CGD][A-Z0-9]{2,40}|#[^\s#@]{1,80})$/.test(channel)) {
      throw new Error('SLACK_CHANNEL must be the id of a channel, such as C012AB3CD');
    }
    return { way: 'bot', apiUrl, token, channel };
  },
  // What can be edited may come early and unfinished.
  takesPages: ({ way }) => way === 'bot',
  render: (notification, { way }): SlackMessage | SlackThread =>
    way === 'bot' ? renderSlackThread(notification) : renderSlack(notification),
  send: async (message, config, context) => {
    const outcome = await sendOnce(message, config, context);
    const bare =
      outcome.outcome === 'rejected' && /invalid_blocks/.test(outcome.reason) ? withoutImage(message) : undefined;
    // A picture must never cost the message.
    return bare === undefined ? outcome : sendOnce(bare, config, context);
  },
} satisfies Sink<SlackConfig, SlackMessage | SlackThread>;

async function sendOnce(
  message: SlackMessage | SlackThread,
  config: SlackConfig,
  context: SendContext,
): Promise<SendOutcome> {
  if (config.way === 'bot' && 'brief' in message) return tellInPlace(message, config, context);
  if (config.way === 'webhook') return postJson({ url: config.url, body: message, judge200 }, context);
  return { outcome: 'rejected', reason: 'The message was made for a webhook, and a bot is to send it.' };
}

/** A webhook says `ok`. Slack has sent errors with 200 before; those are short codes. Anything else is not Slack. */
function judge200(text: string): SendOutcome {
  const answer = text.trim();
  if (answer === 'ok') return { outcome: 'delivered' };
  if (!isCode(answer)) {
    return { outcome: 'retry', reason: 'The answer was 200, but not the "ok" of a Slack webhook.' };
  }
  const isPassing = PASSING_CODES.includes(answer);
  return { outcome: isPassing ? 'retry' : 'rejected', reason: `Slack answered 200 with the error ${answer}.` };
}
