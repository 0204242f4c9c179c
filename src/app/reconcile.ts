import { minutesBetween } from '../core/lifecycle.ts';
import type { Ports } from './ports.ts';
import { receiveSignal } from './receive-alert.ts';

/** A webhook is given this time to arrive before Azure's own list is believed instead. */
const WEBHOOK_MINUTES = 5;

/**
 * Compares with Azure's own list of alerts: one that is fired there and never came here was lost on its way, and is taken
 * in now. Returns how many were.
 */
export async function reconcile(ports: Ports): Promise<number> {
  const at = ports.now().toISOString();
  const subscriptions = await ports.incidents.subscriptions();
  let found = 0;
  for (const signal of await ports.firedAlerts(subscriptions)) {
    if (signal.at === undefined || minutesBetween(signal.at, at) < WEBHOOK_MINUTES) continue;
    const slot = { gatewayId: signal.gatewayId, isTest: false };
    // The list and the webhook spell the time of one event differently, so it is known by its id alone.
    const isKnown = await ports.incidents.change(slot, (current) => ({
      result: current?.signals.some(({ id }) => id === signal.id) ?? false,
    }));
    if (isKnown) continue;
    const { body } = await receiveSignal(ports, { outcome: 'signal', signal });
    if (body.outcome === 'ignored' || body.outcome === 'set-aside') continue;
    found += 1;
    ports.log.warn(
      { event: 'signal.found-late', incidentId: body.incidentId },
      'an alert was found whose webhook never came',
    );
  }
  return found;
}
