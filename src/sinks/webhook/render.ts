import type { Notification } from '../../core/notification.ts';
import { type CloudEvent, cloudEventOf } from '../cloud-event.ts';

export function renderWebhook(notification: Notification): CloudEvent {
  return cloudEventOf(notification);
}
