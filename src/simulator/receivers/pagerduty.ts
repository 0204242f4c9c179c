import { createHash } from 'node:crypto';
import { type Delivery, isRecord, type Judgement, type Receiver, refused } from './receiver.ts';

const MOST_BYTES = 512 * 1024;
const LIMITS = { routingKey: 32, dedupKey: 255, summary: 1024 };
const ACTIONS = ['trigger', 'acknowledge', 'resolve'];
const SEVERITIES = ['critical', 'warning', 'error', 'info'];

/** PagerDuty's Events API v2: alerts and changes. */
export const pagerduty: Receiver = (delivery) => {
  const { path, bytes, json, text } = delivery;
  if (path === '/pagerduty/v2/change/enqueue') return takeChange(delivery);
  if (path !== '/pagerduty/v2/enqueue') return refused(404, 'Not Found', 'no such path');
  if (bytes > MOST_BYTES) return refused(413, 'Payload Too Large', `the event is over ${MOST_BYTES} bytes`);
  if (!isRecord(json)) return invalid(['Request body is not a JSON object']);
  const errors = [
    ...problemsWithEvent(json),
    ...(json.event_action === 'trigger' ? problemsWithPayload(json.payload) : []),
  ];
  if (errors.length > 0) return invalid(errors);
  // An event without a key of its own gets one.
  const key = json.dedup_key ?? createHash('sha256').update(text).digest('hex').slice(0, 32);
  return { answer: { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: key } } };
};

function takeChange({ bytes, json }: Delivery): Judgement {
  const action = 'change';
  if (bytes > MOST_BYTES) return { ...refused(413, 'Payload Too Large', `over ${MOST_BYTES} bytes`), action };
  if (!isRecord(json)) return { ...invalid(['Request body is not a JSON object']), action };
  const { routing_key: routingKey, payload, links } = json;
  const errors = [...problemsWithKey(routingKey), ...problemsWithChange(payload), ...problemsWithLinks(links)];
  // Keys of rulesets begin with an R, and take no changes.
  if (typeof routingKey === 'string' && routingKey.startsWith('R')) errors.push("'routing_key' is of a ruleset");
  if (errors.length > 0) return { ...invalid(errors), action };
  return { answer: { status: 202, body: { status: 'success', message: 'Change event processed' } }, action };
}

function problemsWithChange(payload: unknown): readonly string[] {
  if (!isRecord(payload)) return ["'payload' is missing or blank"];
  const { summary, source, timestamp, custom_details: details } = payload;
  const errors = [...problemsWithSummary(summary)];
  if (source !== undefined && typeof source !== 'string') errors.push("'payload.source' is invalid (must be a string)");
  if (timestamp !== undefined && Number.isNaN(Date.parse(String(timestamp)))) {
    errors.push("'payload.timestamp' is invalid (must be an ISO 8601 date and time)");
  }
  if (details !== undefined && !isRecord(details))
    errors.push("'payload.custom_details' is invalid (must be an object)");
  return errors;
}

function problemsWithKey(routingKey: unknown): readonly string[] {
  if (typeof routingKey !== 'string' || routingKey === '') return ["'routing_key' is missing or blank"];
  if (routingKey.length === LIMITS.routingKey) return [];
  return [`Length of 'routing_key' is incorrect (should be ${LIMITS.routingKey} characters)`];
}

function problemsWithSummary(summary: unknown): readonly string[] {
  if (typeof summary !== 'string' || summary === '') return ["'payload.summary' is missing or blank"];
  if (summary.length <= LIMITS.summary) return [];
  return [`Length of 'payload.summary' is incorrect (should be at most ${LIMITS.summary} characters)`];
}

function problemsWithEvent(event: Readonly<Record<string, unknown>>): readonly string[] {
  const { routing_key: routingKey, event_action: action, dedup_key: dedupKey } = event;
  const errors: string[] = [...problemsWithKey(routingKey)];
  if (!ACTIONS.some((known) => known === action)) {
    errors.push(
      "'event_action' is missing or invalid (must be one of the following: 'trigger', 'acknowledge' or 'resolve')",
    );
  }
  if (dedupKey === undefined && action !== 'trigger') errors.push("'dedup_key' is missing or blank");
  if (dedupKey !== undefined && typeof dedupKey !== 'string') errors.push("'dedup_key' is invalid (must be a string)");
  if (typeof dedupKey === 'string' && dedupKey.length > LIMITS.dedupKey) {
    errors.push(`Length of 'dedup_key' is incorrect (should be at most ${LIMITS.dedupKey} characters)`);
  }
  return [...errors, ...problemsWithLinks(event.links)];
}

function problemsWithPayload(payload: unknown): readonly string[] {
  if (!isRecord(payload)) return ["'payload' is missing or blank"];
  const { summary, source, severity } = payload;
  const errors: string[] = [...problemsWithSummary(summary)];
  if (typeof source !== 'string' || source === '') errors.push("'payload.source' is missing or blank");
  if (!SEVERITIES.some((known) => known === severity)) {
    errors.push(
      "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
    );
  }
  return errors;
}

function problemsWithLinks(links: unknown): readonly string[] {
  if (links === undefined) return [];
  const fits = (link: unknown) => isRecord(link) && typeof link.href === 'string' && URL.canParse(link.href);
  return Array.isArray(links) && links.every(fits) ? [] : ["'links' is invalid (every link needs an 'href')"];
}

function invalid(errors: readonly string[]) {
  return refused(400, { status: 'invalid event', message: 'Event object is invalid', errors }, errors.join('; '));
}
