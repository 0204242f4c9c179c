import type { Incident } from './incident.ts';
import { type LifecyclePolicy, minutesBetween } from './lifecycle.ts';
import type { Signal } from './signal.ts';

/**
 * What a signal means for the gateway's incidents. Joining goes by gateway, never by the name of the alert rule: one
 * trouble makes many rules fire.
 */
export type Intake =
  | { readonly action: 'open'; readonly reason: string }
  | { readonly action: 'join'; readonly reason: string }
  /** The trouble is back soon after its end: the same incident goes on. */
  | { readonly action: 'reopen'; readonly reason: string }
  /** Already here; looked at again only if nobody has looked yet. */
  | { readonly action: 'repeat'; readonly reason: string }
  | { readonly action: 'ignore'; readonly reason: string };

/** Pure. `current` is the gateway's newest incident of the same sort (test or real), open or not. */
export function decideIntake(
  current: Incident | undefined,
  signal: Signal,
  at: string,
  { reopenMinutes }: Pick<LifecyclePolicy, 'reopenMinutes'>,
): Intake {
  const open = current !== undefined && current.state !== 'resolved' ? current : undefined;
  if (current?.signals.some((known) => isSameEvent(known, signal))) {
    return open
      ? { action: 'repeat', reason: 'This event was received before and belongs to the open incident.' }
      : { action: 'ignore', reason: 'This event was received before and its incident is resolved.' };
  }
  if (signal.condition === 'resolved') {
    return open
      ? { action: 'join', reason: 'The alert says resolved: the gateway is read again to see whether it is.' }
      : { action: 'ignore', reason: 'The alert says resolved, and no incident is open for this gateway.' };
  }
  if (open) return { action: 'join', reason: 'An incident is open for this gateway.' };
  if (isOlder(signal, current?.resolvedAt)) {
    return {
      action: 'ignore',
      reason: 'This alert fired before the last incident was resolved, and arrived after it.',
    };
  }
  const sinceEnd = current?.resolvedAt === undefined ? undefined : minutesBetween(current.resolvedAt, at);
  if (sinceEnd === undefined || sinceEnd >= reopenMinutes || current?.isTest) {
    return { action: 'open', reason: 'No incident is open for this gateway.' };
  }
  return { action: 'reopen', reason: `The last incident ended ${Math.floor(sinceEnd)} minutes ago.` };
}

/** A stateless rule fires again and again under one alert id, so the time belongs to the identity of an event. */
function isSameEvent(left: Signal, right: Signal): boolean {
  return left.id === right.id && left.condition === right.condition && left.at === right.at;
}

/** Alerts arrive out of order: what fired before the end was part of what has ended. */
function isOlder({ at }: Signal, resolvedAt: string | undefined): boolean {
  return at !== undefined && resolvedAt !== undefined && Date.parse(at) < Date.parse(resolvedAt);
}
