import type { ReceiverName } from '../inbox.ts';
import { pagerduty } from './pagerduty.ts';
import type { Receiver } from './receiver.ts';
import { slack } from './slack.ts';
import { teams } from './teams.ts';
import { webhook } from './webhook.ts';

/** The receivers by name; each one's paths begin with `/<name>`. */
export const receivers = { slack, teams, pagerduty, webhook } satisfies Record<ReceiverName, Receiver>;

export function receiverAt(path: string): ReceiverName | undefined {
  const [, first] = path.split('/');
  return first !== undefined && Object.hasOwn(receivers, first) ? (first as ReceiverName) : undefined;
}
