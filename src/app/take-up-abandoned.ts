import { decideAbandoned } from '../core/abandoned.ts';
import { composePage } from '../core/compose-page.ts';
import { type Incident, noted, type Told } from '../core/incident.ts';
import type { Notification } from '../core/notification.ts';
import { describeFired } from '../signals/describe.ts';
import { flushOutbox, slotOf } from './outbox.ts';
import type { PoisonMessage, Ports } from './ports.ts';

/**
 * Messages whose handler crashed until the queue gave them up. An investigation: people are told with what is known, and
 * the gateway is read again. A delivery: it becomes a dead letter like those that a sink refused. What cannot be read is
 * kept for people to look at. Each is taken off its queue after that, so that a crash repeats it rather than losing it.
 * Returns how many were taken up.
 */
export async function takeUpAbandoned(ports: Ports, queue: PoisonMessage['queue']): Promise<number> {
  const messages = await ports.poison.take(queue);
  for (const message of messages) {
    const { investigation, delivery } = message;
    ports.log.error({ event: 'poison.taken-up', queue, messageId: message.id }, 'a message was given up by its queue');
    if (investigation) await tellOf(ports, message, investigation.incidentId);
    else if (delivery) await deadLetter(ports, message);
    else await ports.poison.settle(message, 'It is no message that this program writes.');
  }
  return messages.length;
}

async function tellOf(ports: Ports, message: PoisonMessage, incidentId: string): Promise<void> {
  const found = await ports.incidents.get(incidentId);
  if (!found || found.state === 'resolved') {
    return ports.poison.settle(message, 'Its investigation failed five times, and its incident is over.');
  }
  const at = ports.now().toISOString();
  const given = { message: message.id, at, silences: await ports.silences.list() };
  const { told } = decideAbandoned(found, given, ports.routes);
  if (told) await ports.snapshots.saveDocument(told.notification, await word(ports, found, told));
  const stored = await ports.incidents.change<Incident | 'again' | undefined>(slotOf(found), (current) => {
    if (current?.id !== found.id) return { result: undefined };
    const decided = decideAbandoned(current, given, ports.routes);
    // What was worded is not what is decided any more: the message stays on its queue, and comes again.
    if (decided.told?.revision !== told?.revision) return { result: 'again' };
    return { incident: decided.incident, result: decided.incident };
  });
  if (stored === 'again') return;
  if (stored) await flushOutbox(ports, stored);
  await ports.poison.settle(message, 'Its investigation failed five times.');
}

/** What people know already, or what fired, where they know nothing; and that the gateway cannot be read. */
async function word(
  { snapshots, portalUrl }: Ports,
  incident: Incident,
  { revision, kind, at, severity }: Told,
): Promise<Notification> {
  const headline = 'The gateway is in trouble, and reading it failed five times. It is tried again, later and later.';
  const fired = describeFired(incident.signals);
  const page = composePage(incident, { revision, severity, fired, at, portalUrl, headline });
  const { told } = incident;
  if (!told) return page;
  const note = 'Reading the gateway fails again and again, so that neither its state nor a recovery can be seen.';
  if (kind === 'page') return { ...page, kind: 'updated', note };
  const last = (await snapshots.loadDocument(told.notification)) as Notification | undefined;
  return {
    ...(last ?? page),
    kind: 'updated',
    revision,
    severity,
    at,
    note: `${note} This is what was known at ${told.at.slice(0, 16).replace('T', ' ')} UTC.`,
  };
}

const REASON = 'The attempt failed five times.';

async function deadLetter(ports: Ports, message: PoisonMessage): Promise<void> {
  const { delivery } = message;
  if (!delivery) return;
  await ports.queues.deadLetterDelivery(delivery, REASON);
  const { incidentId, revision, sink } = delivery;
  const incident = await ports.incidents.get(incidentId);
  if (incident) {
    const at = ports.now().toISOString();
    const line = `Message ${revision} was not taken by ${sink}: ${REASON}`;
    await ports.incidents.change(slotOf(incident), (current) =>
      current?.id === incidentId
        ? { incident: noted(current, at, 'delivery-failed', line), result: undefined }
        : { result: undefined },
    );
  }
  await ports.poison.settle(message);
}
