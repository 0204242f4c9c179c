import { noted } from '../core/incident.ts';
import type { Notification } from '../core/notification.ts';
import type { DeliverMessage, Ports } from './ports.ts';

/** Thrown to leave the message to the queue, which makes it visible again and counts the attempts. */
export class DeliveryPostponed extends Error {
  override readonly name = 'DeliveryPostponed';
}

/**
 * Tells one sink about one decision. The ledger is claimed before the send and completed after it, so two deliveries of
 * one decision do not post twice; only a crash between the post and the ledger's completion can repeat one.
 */
export async function deliver(ports: Ports, message: DeliverMessage): Promise<void> {
  const { incidentId, revision, sink: name } = message;
  const sink = ports.sinks.get(name);
  if (!sink) return deadLetter(ports, message, 'The sink is not configured any more.');
  const notification = (await ports.snapshots.loadDocument(message.notification)) as Notification | undefined;
  if (!notification) return deadLetter(ports, message, 'The content of the notification is gone.');

  const claim = await ports.ledger.claim(message);
  if (claim.state === 'done') {
    ports.log.info({ incidentId, revision, sink: name }, 'delivered before');
    return;
  }
  if (claim.state === 'busy') throw new DeliveryPostponed('another attempt is under way');

  const outcome = await sink.deliver(notification);
  if (outcome.outcome === 'retry') {
    await claim.release();
    ports.log.warn({ incidentId, revision, sink: name, reason: outcome.reason }, 'delivery postponed');
    throw new DeliveryPostponed(outcome.reason);
  }
  await claim.complete(outcome.outcome);
  if (outcome.outcome === 'rejected') return deadLetter(ports, message, outcome.reason);
  ports.log.info({ incidentId, revision, sink: name }, 'delivered');
  await note(ports, message, 'delivered', `Message ${revision} was taken by ${name}.`);
}

async function deadLetter(ports: Ports, message: DeliverMessage, reason: string): Promise<void> {
  ports.log.error(
    { incidentId: message.incidentId, revision: message.revision, sink: message.sink, reason },
    'delivery failed',
  );
  await ports.queues.deadLetterDelivery(message, reason);
  await note(
    ports,
    message,
    'delivery-failed',
    `Message ${message.revision} was not taken by ${message.sink}: ${reason}`,
  );
}

async function note(ports: Ports, { incidentId }: DeliverMessage, event: string, reason: string): Promise<void> {
  const incident = await ports.incidents.get(incidentId);
  if (!incident) return;
  const at = ports.now().toISOString();
  await ports.incidents.change({ gatewayId: incident.gatewayId, isTest: incident.isTest }, (current) =>
    current?.id === incidentId
      ? { incident: noted(current, at, event, reason), result: undefined }
      : { result: undefined },
  );
}
