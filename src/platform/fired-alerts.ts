import type { Log } from '../app/ports.ts';
import type { Signal } from '../core/signal.ts';
import { signalsInAlertList } from '../signals/fired-alerts.ts';
import type { ArmGet } from './arm-get.ts';

const TIMEOUT_MS = 10_000;
const API_VERSION = '2023-07-12-preview';
/** One reconciliation reads at most so many subscriptions; the others have their turn by the next alert of theirs. */
const MAX_SUBSCRIPTIONS = 50;

/**
 * Azure's own list of alerts (Microsoft.AlertsManagement/alerts) of the last hour, by subscription. A subscription that
 * does not answer is left out and logged: the webhook is the way in, and this is the net below it.
 */
export function createFiredAlerts(
  armGet: ArmGet,
  allowed: readonly string[],
  log: Log,
): (subscriptions: readonly string[]) => Promise<readonly Signal[]> {
  const own = allowed.flatMap((scope) => /^\/subscriptions\/([^/]+)/.exec(scope)?.[1] ?? []);
  return async (seen) => {
    const signals: Signal[] = [];
    for (const subscription of [...new Set([...own, ...seen])].slice(0, MAX_SUBSCRIPTIONS)) {
      const path = `/subscriptions/${encodeURIComponent(subscription)}/providers/Microsoft.AlertsManagement/alerts`;
      const query = `api-version=${API_VERSION}&timeRange=1h&monitorCondition=Fired&targetResourceType=${encodeURIComponent('microsoft.network/applicationgateways')}`;
      try {
        const { status, body } = await armGet(`${path}?${query}`, TIMEOUT_MS);
        if (status === 200) signals.push(...signalsInAlertList(body));
        else log.warn({ status }, 'the list of alerts could not be read');
      } catch {
        log.warn({}, 'the list of alerts did not answer');
      }
    }
    return signals;
  };
}
