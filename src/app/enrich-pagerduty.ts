import { OWN, parsePagerDutyEvent, readPagerDutyAlerts, signalOfPagerDuty } from '../signals/pagerduty.ts';
import type { Ports } from './ports.ts';
import { type Receipt, receiveSignal } from './receive-alert.ts';

/** What PagerDuty's REST API says of an incident's alerts. */
export type PagerDutyAlerts =
  | { readonly outcome: 'read'; readonly body: unknown }
  /** It may answer if it is asked again soon. */
  | { readonly outcome: 'later'; readonly reason: string }
  | { readonly outcome: 'refused'; readonly reason: string };

export type AskForAlerts = (pagerdutyIncidentId: string) => Promise<PagerDutyAlerts>;

/**
 * PagerDuty has an incident: it is investigated where it is about a gateway, and what is found becomes a note on it. The
 * webhook says little more than a title, so the incident's alerts are asked for where the gateway is not in it; whose
 * events opened it stands there as well, so that an incident of ours does not come back as news. PagerDuty repeats what
 * is answered 5xx for some 20 minutes, and drops what is answered 4xx.
 */
export async function receivePagerDuty(ports: Ports, body: unknown, askForAlerts?: AskForAlerts): Promise<Receipt> {
  const parsed = parsePagerDutyEvent(body, ports.now().toISOString());
  if (parsed.outcome !== 'incident') return receiveSignal(ports, parsed);
  const { incident } = parsed;
  const { pagerdutyIncidentId, title, gateways } = incident;
  const digest = (text: string) => ports.digest(text, 32);
  if (gateways.length > 0) return receiveSignal(ports, signalOfPagerDuty(incident, gateways, digest));

  const about = { title, id: pagerdutyIncidentId };
  if (!askForAlerts) return receiveSignal(ports, { outcome: 'not-ours', reason: NOT_ASKED, ...about });
  const alerts = await askForAlerts(pagerdutyIncidentId);
  if (alerts.outcome === 'later') {
    ports.log.warn(
      { event: 'pagerduty.alerts-not-read', reason: alerts.reason },
      'alerts of a PagerDuty incident not read',
    );
    const message = 'PagerDuty did not say what the incident is about. Please send the event again.';
    return { status: 503, body: { error: { code: 'PagerDutyUnavailable', message } } };
  }
  if (alerts.outcome === 'refused') {
    ports.log.error(
      { event: 'pagerduty.alerts-refused', reason: alerts.reason },
      'alerts of a PagerDuty incident refused',
    );
    return receiveSignal(ports, { outcome: 'not-ours', reason: `${NOT_READ} ${alerts.reason}`, ...about });
  }
  const read = readPagerDutyAlerts(alerts.body);
  if (read.isOwn) return receiveSignal(ports, { ...OWN, ...about });
  return receiveSignal(ports, signalOfPagerDuty(incident, read.gateways, digest));
}

const NOT_ASKED = 'The incident names no gateway, and without PAGERDUTY_API_TOKEN its alerts cannot be read.';
const NOT_READ = 'The incident names no gateway, and its alerts could not be read.';
