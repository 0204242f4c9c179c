import type { Log } from '../app/ports.ts';
import type { Signal } from '../core/signal.ts';
import { signalsInAlertList } from '../signals/fired-alerts.ts';
import type { ArmGet } from './arm-get.ts';

const TIMEOUT_MS = 10_000;
const API_VERSION = '2023-07-12-preview';
/** One reconciliation reads at most so many subscriptions; the others have their turn by the next alert of theirs. */
const MAX_SUBSCRIPTIONS = 50;
/** The most that the service puts on a page; where nothing is said, it is 25. */
const PAGE_COUNT = 250;
const MAX_PAGES = 4;

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
      const query = new URLSearchParams({
        'api-version': API_VERSION,
        timeRange: '1h',
        monitorCondition: 'Fired',
        targetResourceType: 'microsoft.network/applicationgateways',
        pageCount: String(PAGE_COUNT),
      });
      try {
        let next: string | undefined = `?${query}`;
        for (let page = 0; next !== undefined && page < MAX_PAGES; page += 1) {
          const { status, body } = await armGet(`${path}${next}`, TIMEOUT_MS);
          if (status !== 200) {
            log.warn({ event: 'alert-list.refused', status }, 'the list of alerts could not be read');
            break;
          }
          signals.push(...signalsInAlertList(body));
          next = nextQueryIn(body);
        }
      } catch {
        log.warn({ event: 'alert-list.silent' }, 'the list of alerts did not answer');
      }
    }
    return signals;
  };
}

/** Of the link to the next page only the query counts: a token is sent nowhere else than where it is meant to be. */
function nextQueryIn(body: unknown): string | undefined {
  const { nextLink } = (body ?? {}) as { nextLink?: unknown };
  if (typeof nextLink !== 'string' || !URL.canParse(nextLink)) return undefined;
  const { search } = new URL(nextLink);
  return search === '' ? undefined : search;
}
