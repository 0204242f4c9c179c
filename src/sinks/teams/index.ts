import { postJson } from '../post-json.ts';
import { settingUrl } from '../setting-value.ts';
import type { SendOutcome, Sink } from '../sink.ts';
import { renderTeams, type TeamsMessage } from './render.ts';

export interface TeamsConfig {
  readonly url: string;
}

export const teams = {
  name: 'teams',
  title: 'Microsoft Teams',
  settings: [
    {
      name: 'TEAMS_WEBHOOK_URL',
      description:
        'The URL of the workflow "Post to a channel when a webhook request is received". It cannot edit: each message is a new card. Leave empty to send nothing to Teams.',
      isSecret: true,
      sample: 'https://example.westeurope.logic.azure.com/workflows/0000/triggers/manual/paths/invoke',
    },
  ],
  configure: (values) => {
    const url = settingUrl(values, 'TEAMS_WEBHOOK_URL');
    return url === undefined ? undefined : { url };
  },
  render: (notification) => renderTeams(notification),
  send: (message, { url }, context) => postJson({ url, body: message, judge200 }, context),
} satisfies Sink<TeamsConfig, TeamsMessage>;

/** Workflows answer 202. The older connectors answered 200 also when Teams behind them had refused the message. */
function judge200(text: string): SendOutcome {
  const status = Number(/endpoint returned HTTP error (\d{3})/i.exec(text)?.[1]);
  if (Number.isNaN(status)) return { outcome: 'delivered' };
  const isPassing = status === 408 || status === 429 || status >= 500;
  return { outcome: isPassing ? 'retry' : 'rejected', reason: `Teams answered 200 with the error ${status}.` };
}
