import { createHmac, timingSafeEqual } from 'node:crypto';
import type { BoundSink } from '../app/ports.ts';
import type { Notification } from '../core/notification.ts';
import type { Closed, Door } from '../web/access.ts';
import { BASE } from '../web/layout/shell.ts';
import type { Settings } from './settings.ts';

type LinkSettings = Pick<Settings, 'PUBLIC_URL' | 'LINK_SECRET' | 'LINK_HOURS'>;

/**
 * The signature of a link: HMAC-SHA256 over the incident and the time at which the link ends, in seconds since 1970. The
 * signature stands in the path and not in a query string, because query strings are taken out of messages.
 */
export function signLink(secret: string, incidentId: string, expires: string): string {
  return createHmac('sha256', secret).update(`appgw-triage/link/1\n${incidentId}\n${expires}`).digest('base64url');
}

/** Where the incident of a message can be looked at; undefined where the settings for it are missing. */
export function linksTo(
  { PUBLIC_URL: url, LINK_SECRET: secret, LINK_HOURS: hours }: LinkSettings,
  { incidentId, at }: Pick<Notification, 'incidentId' | 'at'>,
): { readonly pageUrl: string; readonly imageUrl: string } | undefined {
  const worded = Date.parse(at);
  if (url === undefined || secret === undefined || Number.isNaN(worded)) return undefined;
  // From the message's own time, so that a repeat of its delivery says the same.
  const expires = String(Math.floor(worded / 1_000) + hours * 3_600);
  const pageUrl = `${url}${BASE}/link/${expires}/${signLink(secret, incidentId, expires)}/incidents/${incidentId}`;
  return { pageUrl, imageUrl: `${pageUrl}/plot.png` };
}

/** The sink, told where the page of each incident is. */
export function linkedSink<Sink extends BoundSink>(sink: Sink, settings: LinkSettings): Sink {
  if (settings.PUBLIC_URL === undefined || settings.LINK_SECRET === undefined) return sink;
  return {
    ...sink,
    deliver: (notification, receipt) => {
      const links = linksTo(settings, notification);
      if (!links) return sink.deliver(notification, receipt);
      const { pageUrl, imageUrl } = links;
      const linked = hasPicture(notification) ? { ...notification, pageUrl, imageUrl } : { ...notification, pageUrl };
      return sink.deliver(linked, receipt);
    },
  };
}

/** Before anything was read there is nothing to draw, and a message that is cut to its essentials takes no picture along. */
function hasPicture({ kind, causes, alternatives, affected }: Notification): boolean {
  return kind !== 'test' && causes.length + alternatives.length + affected.length > 0;
}

/** Lets in who follows a link that is ours and has not ended. */
export function createLinkDoor(secret: string | undefined, now: () => Date): Door['followLink'] {
  return ({ incidentId, expires, signature }) => {
    if (secret === undefined || !isSame(signLink(secret, incidentId, expires), signature)) {
      return closed('link-invalid', 'This link is not one of ours, or was cut off.');
    }
    if (!(Number(expires) * 1_000 > now().getTime())) {
      return closed('link-expired', 'This link has ended. Sign in, or open a newer message of the incident.');
    }
    return { outcome: 'open', access: { to: 'incident', incidentId } };
  };
}

function closed(code: Closed['code'], message: string): Closed {
  return { outcome: 'closed', status: 403, code, message, mayAskForKey: false };
}

function isSame(wanted: string, shown: string): boolean {
  const [left, right] = [Buffer.from(wanted), Buffer.from(shown)];
  return left.length === right.length && timingSafeEqual(left, right);
}
