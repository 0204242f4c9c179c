import { postJson } from '../post-json.ts';
import type { SendContext, SendOutcome } from '../sink.ts';
import { lastLineOf, type PagerDutyChange, type PagerDutyEvent, type PagerDutyMessage } from './render.ts';
import { addNote, incidentOfKey, type PagerDutyRest, statusOfIncident } from './rest.ts';

export interface PagerDutyConfig {
  /** Opens incidents of our own. Absent where this only adds notes to PagerDuty's. */
  readonly events?: { readonly routingKey: string; readonly eventsUrl: string };
  readonly rest?: PagerDutyRest;
}

/** What the last message of the incident left behind. */
interface Receipt {
  /** Whether an incident of ours is open at PagerDuty. */
  readonly isTriggered: boolean;
  /** The changes that were told; one that was refused counts, it would be refused again. */
  readonly changes: readonly string[];
}

/** More changes than anybody makes while one incident lasts. */
const MOST_CHANGES = 20;

export async function sendPagerDuty(
  message: PagerDutyMessage,
  config: PagerDutyConfig,
  context: SendContext,
): Promise<SendOutcome> {
  // There is nothing to deliver; the message holds the reason.
  if (message.kind === 'nothing') return { outcome: 'delivered' };
  const receipt = readReceipt(context.receipt);
  // Where an incident of ours is open already, it stays the one that is told; PagerDuty's own came after it.
  if (message.kind === 'note' && !receipt.isTriggered) return note(message, config, context, receipt);
  return event(message, config, context, receipt);
}

type Told = Exclude<PagerDutyMessage, { kind: 'nothing' }>;

/**
 * The event first: it wakes people, and can be repeated, because events of one key are one incident. What comes after it
 * is never a reason to repeat it: a change that is not taken is told with the next message, and a note is only a help.
 */
async function event(
  { event: sent, change, note: content }: Told,
  { events, rest }: PagerDutyConfig,
  context: SendContext,
  receipt: Receipt,
): Promise<SendOutcome> {
  if (!events) return { outcome: 'delivered' };
  const outcome = await post(events.eventsUrl, events.routingKey, sent, context);
  if (outcome.outcome !== 'delivered') return outcome;
  const changes = await tellChange(change, events, receipt.changes, context);
  // PagerDuty keeps the title of the first event and hides later ones in a log, so that they are noted as well.
  if (rest && receipt.isTriggered) {
    const id = await incidentOfKey(rest, sent.dedup_key, context);
    if (id !== undefined) await addNote(rest, id, { content, marker: lastLineOf(content) }, context);
  }
  const left: Receipt = { isTriggered: sent.event_action === 'trigger', changes };
  return { outcome: 'delivered', receipt: JSON.stringify(left) };
}

async function tellChange(
  change: PagerDutyChange | undefined,
  { routingKey, eventsUrl }: NonNullable<PagerDutyConfig['events']>,
  told: readonly string[],
  context: SendContext,
): Promise<readonly string[]> {
  const url = changesUrl(eventsUrl);
  if (!change || !url || told.includes(change.key)) return told;
  const { outcome } = await post(url, routingKey, change.event, context);
  return outcome === 'retry' ? told : [...told, change.key].slice(-MOST_CHANGES);
}

/** Changes have an address beside that of alerts. */
function changesUrl(eventsUrl: string): string | undefined {
  return /\/v2\/enqueue$/.test(eventsUrl) ? eventsUrl.replace(/\/enqueue$/, '/change/enqueue') : undefined;
}

function post(
  url: string,
  routingKey: string,
  body: PagerDutyEvent | PagerDutyChange['event'],
  context: SendContext,
): Promise<SendOutcome> {
  return postJson({ url, body: { routing_key: routingKey, ...body } }, context);
}

/** A note on PagerDuty's own incident, which has woken somebody already. */
async function note(
  message: Extract<PagerDutyMessage, { kind: 'note' }>,
  config: PagerDutyConfig,
  context: SendContext,
  receipt: Receipt,
): Promise<SendOutcome> {
  const { events, rest } = config;
  const { pagerdutyIncidentId, note: content } = message;
  if (!rest) {
    const reason = 'PagerDuty has an incident of its own, and without PAGERDUTY_API_TOKEN no note can be added to it.';
    return { outcome: 'rejected', reason };
  }
  if (events && message.event.event_action === 'trigger') {
    // Nobody looks at an incident that is over. The trouble is not: it gets an incident of ours.
    const status = await statusOfIncident(rest, pagerdutyIncidentId, context);
    if ('kind' in status && status.outcome.outcome === 'retry') return status.outcome;
    if ('isOver' in status && status.isOver) return event(message, config, context, receipt);
  }
  if (events && message.event.event_action === 'resolve') {
    // An event of ours whose answer was lost may have opened one after all. Where none is open, this does nothing.
    const outcome = await post(events.eventsUrl, events.routingKey, message.event, context);
    if (outcome.outcome !== 'delivered') return outcome;
  }
  const added = await addNote(rest, pagerdutyIncidentId, { content, marker: lastLineOf(content) }, context);
  return added.kind === 'failed' ? added.outcome : { outcome: 'delivered', receipt: JSON.stringify(receipt) };
}

function readReceipt(text: string | undefined): Receipt {
  try {
    const { isTriggered, changes } = JSON.parse(text ?? '{}') as { isTriggered?: unknown; changes?: unknown };
    const keys = Array.isArray(changes) ? changes.filter((key) => typeof key === 'string') : [];
    return { isTriggered: isTriggered === true, changes: keys.slice(-MOST_CHANGES) };
  } catch {
    return { isTriggered: false, changes: [] };
  }
}
