import type { Notification } from '../../core/notification.ts';
import { CLOUD_EVENT_TYPE, cloudEventOf } from '../cloud-event.ts';
import type { HubEvent } from '../sink.ts';

/** The same CloudEvent that the webhook gets. Events of one incident share a partition, and so stay in order. */
export function renderEventHub(notification: Notification): HubEvent {
  const event = cloudEventOf(notification);
  return {
    body: JSON.stringify(event),
    contentType: CLOUD_EVENT_TYPE,
    partitionKey: partitionKey(event.subject),
    messageId: event.id,
  };
}

/** The service takes 128 characters. Our ids are shorter; a longer one shares its partition with those that begin alike. */
function partitionKey(incidentId: string): string {
  return incidentId.slice(0, 128).toWellFormed();
}
