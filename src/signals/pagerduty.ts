import type { Signal, SignalParse } from '../core/signal.ts';
import { field, isRecord, textOf } from './fields.ts';
import { gatewaysNamed } from './gateway-named.ts';
import { plainText } from './plain-text.ts';
import { readTime } from './time.ts';

/** Our own events open incidents of this key; what they bring back is no news. */
const OWN_KEY = 'appgw-triage/';
const PAGERDUTY_ID = /^[A-Z0-9]{4,40}$/;
const MAX_TITLE_LENGTH = 200;

/** PagerDuty repeats a webhook for 20 minutes. What is older was recorded by somebody, and is sent again by them. */
const MAX_AGE_MINUTES = 120;
/** Clocks of two machines may differ by this much. */
const MAX_AHEAD_MINUTES = 10;

/* Bounds of the walk through whatever PagerDuty was sent by others. Its own webhooks stay below 256 KB. */
const MAX_DEPTH = 12;
const MAX_VALUES = 20_000;
const MAX_TEXT_LENGTH = 200_000;
const MAX_FOUND = 200;

/** An incident of PagerDuty's own, as far as its webhook tells. */
export interface PagerDutyIncident {
  readonly pagerdutyIncidentId: string;
  readonly title: string;
  readonly urgency: 'high' | 'low';
  readonly at: string;
  /** Ids of gateways that the webhook itself names. */
  readonly gateways: readonly string[];
}

export type PagerDutyParse =
  | { readonly outcome: 'incident'; readonly incident: PagerDutyIncident }
  | Exclude<SignalParse, { readonly outcome: 'signal' }>;

/**
 * Reads the body of a V3 webhook, whose signature has been checked. Only a new incident is of interest; everything else
 * is well-formed and not ours. Total: it never throws, whatever the body is.
 */
export function parsePagerDutyEvent(body: unknown, receivedAt: string): PagerDutyParse {
  const event = field(body, 'event');
  const type = textOf(field(event, 'event_type'));
  if (!isRecord(event) || type === undefined) return NOT_AN_EVENT;
  const data = field(event, 'data');
  const id = textOf(field(data, 'id'));
  if (type !== 'incident.triggered')
    return notOurs('Only new incidents of PagerDuty (incident.triggered) are looked at.', id);
  if (id === undefined || !PAGERDUTY_ID.test(id)) return NO_INCIDENT;
  const at = readTime(textOf(field(event, 'occurred_at'))) ?? readTime(textOf(field(data, 'created_at')));
  if (at === undefined) return NO_TIME;
  const ageMinutes = (Date.parse(receivedAt) - Date.parse(at)) / 60_000;
  const title = plainText(textOf(field(data, 'title')) ?? '', MAX_TITLE_LENGTH) || 'An incident without a title';
  if (ageMinutes > MAX_AGE_MINUTES || ageMinutes < -MAX_AHEAD_MINUTES) {
    return { ...notOurs('The event is not of these hours: it was recorded and sent again.', id), title };
  }
  if (isOwnKey(field(data, 'incident_key'))) return { ...OWN, title, id };
  const urgency = field(data, 'urgency') === 'low' ? 'low' : 'high';
  const gateways = gatewaysIn(data);
  return { outcome: 'incident', incident: { pagerdutyIncidentId: id, title, urgency, at, gateways } };
}

/** What the alerts of an incident add: the gateways that they name, and whether our own event opened it. Total. */
export function readPagerDutyAlerts(body: unknown): { readonly isOwn: boolean; readonly gateways: readonly string[] } {
  const alerts = field(body, 'alerts');
  const all = Array.isArray(alerts) ? alerts : [];
  return { isOwn: all.some((alert) => isOwnKey(field(alert, 'alert_key'))), gateways: gatewaysIn(all) };
}

/** The signal of an incident about these gateways; not ours where there is none. */
export function signalOfPagerDuty(
  { pagerdutyIncidentId, title, urgency, at }: Omit<PagerDutyIncident, 'gateways'>,
  gateways: readonly string[],
  digest: (text: string) => string,
): SignalParse {
  const [first, ...others] = gateways.map(
    (gatewayId): Signal => ({
      id: digest(JSON.stringify(['pagerduty', pagerdutyIncidentId, gatewayId.toLowerCase()])),
      source: 'pagerduty',
      kind: 'incident',
      condition: 'fired',
      isTest: false,
      gatewayId,
      title,
      // Whoever is woken for it in PagerDuty has trouble that is as bad as Sev1.
      severity: urgency === 'high' ? 1 : 2,
      at,
      criteria: [],
      pagerdutyIncidentId,
      targets: [],
    }),
  );
  if (!first) return { ...NO_GATEWAY, title, id: pagerdutyIncidentId };
  return { outcome: 'signal', signal: first, ...(others.length > 0 ? { others } : {}) };
}

export const OWN = notOurs('The incident was opened by our own event.');
const NO_GATEWAY = notOurs('Neither the incident nor its alerts name an application gateway.');

function isOwnKey(key: unknown): boolean {
  return textOf(key)?.startsWith(OWN_KEY) ?? false;
}

function notOurs(reason: string, id?: string): Extract<SignalParse, { outcome: 'not-ours' }> {
  return { outcome: 'not-ours', reason, ...(id === undefined ? {} : { id: plainText(id, MAX_TITLE_LENGTH) }) };
}

const NOT_AN_EVENT = {
  outcome: 'invalid',
  code: 'not-a-pagerduty-event',
  message: 'The body has to be a V3 webhook of PagerDuty: an object with an event.',
} satisfies SignalParse;

const NO_INCIDENT = {
  outcome: 'invalid',
  code: 'pagerduty-incident-missing',
  message: 'The event has to hold the id of an incident.',
} satisfies SignalParse;

const NO_TIME = {
  outcome: 'invalid',
  code: 'pagerduty-time-missing',
  message: 'The event has to say when it occurred.',
} satisfies SignalParse;

/**
 * Where in a text a gateway's id stands: on its own, in a sentence, in a link to the portal, or in JSON that was put into
 * a text. The name ends where nothing more of a name can follow.
 */
const ID_IN_TEXT =
  /\/subscriptions\/[\w-]{1,64}\/resourcegroups\/[\p{L}\p{N}_().-]{1,90}\/providers\/microsoft\.network\/applicationgateways\/[\w.-]{1,80}/giu;

/** The gateways that are named anywhere in a value, each once. */
function gatewaysIn(value: unknown): readonly string[] {
  const found: string[] = [];
  const open: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  let read = 0;
  // The list grows while it is walked, up to its bound: what lies nearest to the top is looked at first.
  for (const { value: next, depth } of open) {
    if (typeof next === 'string' && read < MAX_TEXT_LENGTH) {
      const text = next.slice(0, MAX_TEXT_LENGTH - read);
      read += text.length;
      found.push(...idsIn(text));
      if (found.length >= MAX_FOUND) break;
    } else if (typeof next === 'object' && next !== null && depth < MAX_DEPTH) {
      const inner = Object.values(next).slice(0, Math.max(0, MAX_VALUES - open.length));
      for (const each of inner) open.push({ value: each, depth: depth + 1 });
    }
  }
  return gatewaysNamed(found).map(({ id }) => id);
}

function idsIn(text: string): readonly string[] {
  // A link to the portal may have its slashes encoded; whatever else is, no id has it.
  const plain = /%2f/i.test(text) ? text.replaceAll(/%2f/gi, '/') : text;
  return Array.from(plain.matchAll(ID_IN_TEXT), ([id]) => id.replace(/[.]+$/, '')).slice(0, MAX_FOUND);
}
