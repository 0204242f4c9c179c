import type { Incident } from './incident.ts';
import { type LifecyclePolicy, minutesBetween } from './lifecycle.ts';

/** What an incident needs at a sweep, which comes by every minute. */
export interface SweepDecision {
  /** Decided messages that no queue has yet: a process died in between. */
  readonly flush: boolean;
  /** Nobody was told in time: the investigation hangs, crashed, or its message was lost. */
  readonly page: boolean;
  /** The gateway is to be read again. */
  readonly look: boolean;
  /** One sentence; absent where nothing is to be done. */
  readonly reason?: string;
}

/** A process that decided hands its messages over at once; what still lies there after this time was left behind. */
const OUTBOX_MINUTES = 1;

/** Pure. */
export function decideSweep(
  incident: Incident,
  at: string,
  { pageWithinMinutes }: Pick<LifecyclePolicy, 'pageWithinMinutes'>,
): SweepDecision {
  const { state, outbox, told, isTest, openedAt, updatedAt, nextLookAt } = incident;
  const flush = outbox.length > 0 && minutesBetween(updatedAt, at) >= OUTBOX_MINUTES;
  if (state === 'resolved') return { flush, page: false, look: false, ...(flush ? { reason: LEFT_BEHIND } : {}) };
  const page = !told && !isTest && incident.investigations === 0 && minutesBetween(openedAt, at) >= pageWithinMinutes;
  const look = nextLookAt === undefined || Date.parse(nextLookAt) <= Date.parse(at);
  const reason = page
    ? `Nobody was told within ${pageWithinMinutes} minutes: the investigation has not finished.`
    : flush
      ? LEFT_BEHIND
      : look
        ? 'It is time to read the gateway again.'
        : undefined;
  return { flush, page, look, ...(reason === undefined ? {} : { reason }) };
}

const LEFT_BEHIND = 'A decided message was not handed over.';
