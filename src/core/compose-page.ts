import type { Incident } from './incident.ts';
import type { Notification } from './notification.ts';
import { parseGatewayId } from './resource-id.ts';

export interface PageWording {
  readonly revision: number;
  readonly severity: Notification['severity'];
  /** What fired, a line each. */
  readonly fired: readonly string[];
  /** ISO 8601. */
  readonly at: string;
  readonly portalUrl: string;
  readonly headline: string;
}

/** The short message: what fired, and where. Nothing was read yet, and it does not pretend otherwise. Pure. */
export function composePage(incident: Incident, wording: PageWording): Notification {
  const { revision, severity, fired, at, portalUrl, headline } = wording;
  return {
    incidentId: incident.id,
    revision,
    kind: 'opened',
    severity,
    ...knownToPagerDuty(incident),
    gateway: describeGateway(incident.gatewayId, portalUrl),
    headline,
    fired,
    causes: [],
    alternatives: [],
    affected: [],
    impact: 'How many clients see errors is being read.',
    unreadable: [],
    openedAt: incident.openedAt,
    at,
  };
}

/**
 * The newest of PagerDuty's own incidents that brought a signal: an older one may be over. It stands on the message, and
 * not with the sink, because the message is all that a sink is given.
 */
export function knownToPagerDuty({ signals }: Pick<Incident, 'signals'>): Pick<Notification, 'pagerdutyIncidentId'> {
  const pagerdutyIncidentId = signals.findLast((signal) => signal.pagerdutyIncidentId)?.pagerdutyIncidentId;
  return pagerdutyIncidentId === undefined ? {} : { pagerdutyIncidentId };
}

/** The gateway as messages name it. An id that cannot be read is shown as it came. */
export function describeGateway(gatewayId: string, portalUrl: string): Notification['gateway'] {
  const gateway = parseGatewayId(gatewayId);
  return {
    id: gatewayId,
    name: gateway?.name ?? gatewayId,
    resourceGroup: gateway?.resourceGroup,
    subscription: gateway?.subscription,
    portalUrl: gateway ? `${portalUrl}/#@/resource${encodeURI(gateway.id)}/overview` : undefined,
  };
}
