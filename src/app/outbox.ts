import type { Incident } from '../core/incident.ts';
import type { Ports, Slot } from './ports.ts';

/**
 * Queues one delivery for each sink of each decided message, then takes the messages out of the outbox. A crash in between
 * queues them again; the ledger catches the repeat.
 */
export async function flushOutbox(ports: Ports, incident: Incident): Promise<void> {
  if (incident.outbox.length === 0) return;
  for (const { revision, notification, sinks } of incident.outbox) {
    for (const sink of sinks) await ports.queues.deliver({ incidentId: incident.id, revision, sink, notification });
  }
  const sent = new Set(incident.outbox.map((entry) => `${entry.revision} ${entry.sinks.join()}`));
  await ports.incidents.change(slotOf(incident), (current) => {
    if (current?.id !== incident.id) return { result: undefined };
    const outbox = current.outbox.filter((entry) => !sent.has(`${entry.revision} ${entry.sinks.join()}`));
    return { incident: { ...current, outbox }, result: undefined };
  });
}

export function slotOf({ gatewayId, isTest }: Pick<Incident, 'gatewayId' | 'isTest'>): Slot {
  return { gatewayId, isTest };
}
