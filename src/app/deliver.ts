import { essentialsOf } from '../core/essentials.ts';
import { noted } from '../core/incident.ts';
import { minutesBetween } from '../core/lifecycle.ts';
import type { Notification } from '../core/notification.ts';
import { decideRefusal, decideRetry, hasHung, isOverdue, pauseAfterHang, type Redelivery } from '../core/redelivery.ts';
import { slotOf } from './outbox.ts';
import type { DeliverMessage, Ports } from './ports.ts';

/** While one attempt looks whether a sink that hung answers again, the others wait: as long as an attempt may take, and more. */
const PROBE_SECONDS = 30;

/** Another attempt of the same delivery is under way; its claim runs out after some 40 s where its process died. */
const BUSY_SECONDS = 10;

/**
 * Tells one sink about one decision. The ledger is claimed before the send and completed after it, so two deliveries of
 * one decision do not post twice; only a crash between the post and the ledger's completion can repeat one. A message that
 * has to wait is queued anew with its delay before this one ends, so that a crash repeats it rather than losing it.
 */
export async function deliver(ports: Ports, message: DeliverMessage): Promise<void> {
  const sink = ports.sinks.get(message.sink);
  if (!sink) return deadLetter(ports, message, 'The sink is not configured any more.');
  const notification = (await ports.snapshots.loadDocument(message.notification)) as Notification | undefined;
  if (!notification) return deadLetter(ports, message, 'The content of the notification is gone.');

  const now = ports.now();
  const { attempts = 0, since = now.toISOString(), isMinimal = false } = message;
  const minutesSinceFirst = minutesBetween(since, now.toISOString());
  const { pausedUntil, hung } = await ports.ledger.standing(message.sink);
  if (pausedUntil !== undefined && !isOverdue(minutesSinceFirst)) {
    const waitSeconds = (Date.parse(pausedUntil) - now.getTime()) / 1000;
    // Once: an outage of hours would fill the timeline.
    if (message.since === undefined) {
      const line = `Message ${message.revision} waits: ${message.sink} is left alone for a while.`;
      await note(ports, message, 'delivery-postponed', line);
    }
    return ports.queues.deliver({ ...message, since }, Math.ceil(waitSeconds + ports.chance() * 10));
  }
  const claim = await ports.ledger.claim(message);
  if (claim.state === 'busy') return ports.queues.deliver(message, BUSY_SECONDS);
  if (claim.state === 'done')
    return ports.log.info({ event: 'delivery.done-before', ...about(message) }, 'delivered before');
  if (claim.state === 'overtaken') {
    return note(
      ports,
      message,
      'overtaken',
      `Message ${message.revision} was overtaken by a later one at ${message.sink}.`,
    );
  }

  // Workers are shared by all sinks: one that hangs is tried by one message at a time.
  if (hung > 0) await ports.ledger.pause(message.sink, plusSeconds(now, PROBE_SECONDS), hung);
  const startedAt = ports.now();
  const outcome = await sink.deliver(message.isMinimal ? essentialsOf(notification) : notification, claim.receipt);
  const endedAt = ports.now();
  if (outcome.outcome === 'delivered') {
    await insist(ports, () => claim.complete('delivered', outcome.receipt));
    if (hung > 0) await ports.ledger.resume(message.sink);
    ports.log.info({ event: 'delivery.done', ...about(message) }, 'delivered');
    return note(ports, message, 'delivered', `Message ${message.revision} was taken by ${message.sink}.`);
  }
  // It refuses, so it answers.
  if (hung > 0 && outcome.outcome === 'rejected') await ports.ledger.resume(message.sink);
  const attempt = { attempts, minutesSinceFirst, isMinimal, chance: ports.chance() };
  const next =
    outcome.outcome === 'retry'
      ? decideRetry(outcome.reason, outcome.retryAfterSeconds, attempt)
      : decideRefusal(outcome.reason, attempt);
  if (outcome.outcome === 'retry' && outcome.retryAfterSeconds !== undefined && next.action === 'again') {
    await ports.ledger.pause(message.sink, plusSeconds(now, next.delaySeconds));
  } else if (outcome.outcome === 'retry' && (hung > 0 || hasHung(startedAt.toISOString(), endedAt.toISOString()))) {
    await ports.ledger.pause(message.sink, plusSeconds(endedAt, pauseAfterHang(hung + 1)), hung + 1);
  }
  if (next.action === 'give-up') {
    await deadLetter(ports, message, next.reason);
    return claim.complete('rejected');
  }
  await again(ports, { ...message, attempts: attempts + 1, since }, next);
  // The next attempt is queued. A claim that could not be given back runs out by itself.
  await claim
    .release()
    .catch((err: unknown) =>
      ports.log.warn({ event: 'delivery.claim-kept', ...about(message), err }, 'claim not given back'),
    );
  // The first of many attempts is noted: an outage of hours would fill the timeline.
  if (attempts > 0 && next.action === 'again') return;
  const then = next.action === 'minimal' ? 'Only its essentials are sent' : 'It is tried again';
  const line = `Message ${message.revision} was not taken by ${message.sink} yet. ${then}: ${next.reason}`;
  await note(ports, message, 'delivery-postponed', line).catch((err: unknown) =>
    ports.log.warn({ event: 'delivery.not-noted', ...about(message), err }, 'a delivery could not be noted'),
  );
}

/** In milliseconds: a minute, altogether, which is how long storage may fail without anything being said twice. */
const INSIST_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];

/** What was sent has to be written down, or the next attempt sends it again; so a failure of storage is waited out. */
async function insist(ports: Ports, write: () => Promise<void>): Promise<void> {
  for (const waitMs of INSIST_MS) {
    try {
      return await write();
    } catch {
      await ports.sleep(waitMs);
    }
  }
  return write();
}

function plusSeconds(from: Date, seconds: number): string {
  return new Date(from.getTime() + seconds * 1000).toISOString();
}

async function again(
  ports: Ports,
  message: DeliverMessage,
  next: Exclude<Redelivery, { action: 'give-up' }>,
): Promise<void> {
  ports.log.warn(
    { event: 'delivery.postponed', ...about(message), reason: next.reason, action: next.action },
    'delivery postponed',
  );
  if (next.action === 'again') return ports.queues.deliver(message, next.delaySeconds);
  await ports.queues.deliver({ ...message, isMinimal: true });
}

/** The dead letter first, then the ledger: a crash in between makes a second letter, never none. */
async function deadLetter(ports: Ports, message: DeliverMessage, reason: string): Promise<void> {
  ports.log.error({ event: 'delivery.failed', ...about(message), reason }, 'delivery failed');
  await ports.queues.deadLetterDelivery(message, reason);
  const line = `Message ${message.revision} was not taken by ${message.sink}: ${reason}`;
  await note(ports, message, 'delivery-failed', line);
}

async function note(ports: Ports, { incidentId }: DeliverMessage, event: string, reason: string): Promise<void> {
  const incident = await ports.incidents.get(incidentId);
  if (!incident) return;
  const at = ports.now().toISOString();
  await ports.incidents.change(slotOf(incident), (current) =>
    current?.id === incidentId
      ? { incident: noted(current, at, event, reason), result: undefined }
      : { result: undefined },
  );
}

function about({ incidentId, revision, sink, attempts = 0 }: DeliverMessage) {
  return { incidentId, revision, sink, attempts };
}
