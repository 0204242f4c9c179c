import { createHash } from 'node:crypto';
import { isRecord, type Receiver, refused } from './receiver.ts';

const MOST_BYTES = 512 * 1024;
const LIMITS = { routingKey: 32, dedupKey: 255, summary: 1024 };
const ACTIONS = ['trigger', 'acknowledge', 'resolve'];
const SEVERITIES = ['critical', 'warning', 'error', 'info'];

/** PagerDuty's Events API v2. */
export const pagerduty: Receiver = ({ path, bytes, json, text }) => {
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

function problemsWithEvent(event: Readonly<Record<string, unknown>>): readonly string[] {
  const { routing_key: routingKey, event_action: action, dedup_key: dedupKey } = event;
  const errors: string[] = [];
  if (typeof routingKey !== 'string' || routingKey === '') errors.push("'routing_key' is missing or blank");
  else if (routingKey.length !== LIMITS.routingKey) {
    errors.push(`Length of 'routing_key' is incorrect (should be ${LIMITS.routingKey} characters)`);
  }
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
  const errors: string[] = [];
  if (typeof summary !== 'string' || summary === '') errors.push("'payload.summary' is missing or blank");
  else if (summary.length > LIMITS.summary) {
    errors.push(`Length of 'payload.summary' is incorrect (should be at most ${LIMITS.summary} characters)`);
  }
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
