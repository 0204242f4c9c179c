import type { Notification } from './notification.ts';

/** Characters that no service, gateway or filter takes offence at. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 300);
}

/**
 * A message in its shortest form, for a service that refused it as it was: what, where, how bad. Resource names keep their
 * plain characters only. Pure.
 */
export function essentialsOf(notification: Notification): Notification {
  const { incidentId, revision, kind, severity, openedAt, at, gateway, pagerdutyIncidentId } = notification;
  return {
    incidentId,
    revision,
    kind,
    severity,
    ...(pagerdutyIncidentId === undefined ? {} : { pagerdutyIncidentId }),
    gateway: { id: plain(gateway.id), name: plain(gateway.name) },
    headline: plain(notification.headline),
    fired: [],
    causes: [],
    alternatives: [],
    affected: [],
    impact: 'The service refused the full message. The incident has all of it.',
    unreadable: [],
    openedAt,
    at,
  };
}
