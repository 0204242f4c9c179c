import type { Arrival } from '../../simulator/inbox.ts';
import { count, html, type Value } from '../../web/layout/markup.ts';
import { section } from '../../web/layout/parts.ts';
import { moment } from '../../web/layout/time.ts';
import { pagerdutyMessage } from './messages/pagerduty.ts';
import { slackMessage } from './messages/slack.ts';
import { teamsMessage } from './messages/teams.ts';
import type { RunState } from './run.ts';

/** The newest messages of each service are drawn. */
const MOST_DRAWN = 4;

const SERVICES = [
  ['slack', 'Slack'],
  ['teams', 'Teams'],
  ['pagerduty', 'PagerDuty'],
] as const;

type Service = (typeof SERVICES)[number][0];

/** What arrived, as each service would show it, the newest first. */
export function messagesPart({ arrivals, phase }: RunState): Value {
  const taken = arrivals.filter(({ outcome }) => outcome === 'accepted');
  const columns = SERVICES.flatMap(([service, title]) => {
    const messages = taken.filter(({ receiver }) => receiver === service);
    return messages.length === 0 ? [] : [column(service, title, messages)];
  });
  if (columns.length > 0) {
    return section({
      id: 'the-messages',
      title: 'Messages',
      lead: 'As they arrived at the simulated receivers, which refuse what the services would refuse.',
      body: html`<div class="services">${columns}</div>`,
    });
  }
  return (
    phase === 'resolved' &&
    section({
      id: 'the-messages',
      title: 'Messages',
      body: html`<p class="quiet">Nobody was told of anything: there was nothing to tell.</p>`,
    })
  );
}

/** What happened to an incident stands above the change that PagerDuty shows beside it. */
function column(service: Service, title: string, messages: readonly Arrival[]): Value {
  const isBeside = ({ action }: Arrival) => action === 'change';
  const inOrder = [...messages.filter(isBeside), ...messages.filter((each) => !isBeside(each))].toReversed();
  const [newest, ...older] = inOrder;
  if (!newest) return undefined;
  return html`<div class="service"><h3>${title}</h3>${one(service, newest)}${
    older.length > 0 &&
    html`<details id="older-${service}"><summary>${count(older.length, 'more message')}</summary><div class="inside">${older
      .slice(0, MOST_DRAWN - 1)
      .map((each) => [html`<p class="was">${moment(each.at, 'clock')}</p>`, one(service, each)])}</div></details>`
  }</div>`;
}

function one(service: Service, { body, action }: Arrival): Value {
  switch (service) {
    case 'slack':
      return slackMessage(body);
    case 'teams':
      return teamsMessage(body);
    case 'pagerduty':
      return pagerdutyMessage(body, action);
  }
}
