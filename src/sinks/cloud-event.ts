import type { Notification } from '../core/notification.ts';
import { cleanTextWithin } from './clean.ts';
import { type NotificationDocument, notificationDocument } from './notification-document.ts';

/** A notification as a CloudEvent 1.0 in structured mode, for everything that is a program. */
export interface CloudEvent {
  readonly specversion: '1.0';
  /** Incident and revision, so that a receiver can drop what it has had already. */
  readonly id: string;
  /** The gateway's resource id, as a URI reference. */
  readonly source: string;
  readonly type: `appgw-triage.incident.${Exclude<Notification['kind'], 'digest'>}` | 'appgw-triage.audit.digest';
  /** The incident. */
  readonly subject: string;
  readonly time?: string;
  readonly datacontenttype: 'application/json';
  readonly data: NotificationDocument;
}

export const CLOUD_EVENT_TYPE = 'application/cloudevents+json; charset=utf-8';

const SUBJECT_LENGTH = 300;
/** Azure's resource ids stay far below it; what is longer, once encoded, names no gateway. */
const SOURCE_LENGTH = 1_000;
const NO_GATEWAY = '/appgw-triage';
const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Pure. */
export function cloudEventOf(notification: Notification): CloudEvent {
  const { incidentId, revision, kind, gateway, at } = notification;
  const subject = cleanTextWithin(incidentId, SUBJECT_LENGTH) || 'unknown';
  return {
    specversion: '1.0',
    id: `${subject}/${revision}`,
    source: uriReference(gateway.id),
    type: kind === 'digest' ? 'appgw-triage.audit.digest' : `appgw-triage.incident.${kind}`,
    subject,
    ...(RFC3339.test(at) && !Number.isNaN(Date.parse(at)) ? { time: at } : {}),
    datacontenttype: 'application/json',
    data: notificationDocument(notification),
  };
}

function uriReference(gatewayId: string): string {
  const path = encodeURI(cleanTextWithin(gatewayId, SOURCE_LENGTH)).replace(/[?#]/g, encodeURIComponent);
  return path.startsWith('/') && !path.startsWith('//') && path.length <= SOURCE_LENGTH ? path : NO_GATEWAY;
}
