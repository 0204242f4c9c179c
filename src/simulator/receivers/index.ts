import type { ReceiverName } from '../inbox.ts';
import { pagerduty } from './pagerduty.ts';
import { createPagerDutyRest } from './pagerduty-rest.ts';
import type { Delivery, Receiver } from './receiver.ts';
import { slack } from './slack.ts';
import { createSlackWebApi } from './slack-web-api.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

export type Receivers = Readonly<Record<ReceiverName, Receiver>>;

/**
 * The receivers of one simulator, by name; each one's paths begin with `/<name>`. Some remember what they took, as a
 * message that is to be edited has to be there.
 */
export function createReceivers(gatewayId: string, now: () => Date): Receivers {
  const webApi = createSlackWebApi(now);
  const rest = createPagerDutyRest(gatewayId, now);
  return {
    slack: (delivery) => (delivery.path.startsWith('/slack/api/') ? webApi : slack)(delivery),
    teams,
    pagerduty: (delivery) => (delivery.path.startsWith('/pagerduty/incidents') ? rest : pagerduty)(delivery),
    webhook,
  };
}

export function receiverAt(path: string): ReceiverName | undefined {
  const [, first] = path.split('/');
  return NAMES.find((name) => name === first);
}

const NAMES = ['slack', 'teams', 'pagerduty', 'webhook'] as const satisfies readonly ReceiverName[];

/** Everything is posted; only PagerDuty's REST API is asked as well. */
export function isTaken({ method, path }: Pick<Delivery, 'method' | 'path'>): boolean {
  return method === 'POST' || (method === 'GET' && /^\/pagerduty\/incidents(\/|$)/.test(path));
}
