import { notificationPath } from './conclude.ts';
import { type Incident, noted, type Told } from './incident.ts';
import { plusMinutes } from './lifecycle.ts';
import { type Route, sending, sinksFor, whyNotTold } from './routing.ts';
import { type Silence, silenceOf } from './silence.ts';

/** What becomes of an incident whose investigation the queue gave up, because it crashed again and again. */
export interface Abandonment {
  readonly incident: Incident;
  /** Set where people are told. */
  readonly told?: Told;
}

export interface Abandoned {
  /** The message that was given up: the same one counts once. */
  readonly message: string;
  readonly at: string;
  readonly silences: readonly Silence[];
}

/** People who know the diagnosis are told that the recovery cannot be seen, once it was tried this often. */
const TELL_AFTER = 3;
/** In minutes: doubled with each investigation that is given up. */
const FIRST_WAIT_MINUTES = 2;
const MAX_WAIT_MINUTES = 30;

/**
 * Pure. Whoever waits for the first reading is told that there is none, with what is known; whoever knows the diagnosis is
 * told when the gateway could not be read several times in a row. It is read again later and later, and not given up.
 */
export function decideAbandoned(
  current: Incident,
  { message, at, silences }: Abandoned,
  routes: readonly Route[],
): Abandonment {
  if (current.state === 'resolved' || current.abandoned?.message === message) return { incident: current };
  const times = (current.abandoned?.times ?? 0) + 1;
  const waitMinutes = Math.min(MAX_WAIT_MINUTES, FIRST_WAIT_MINUTES * 2 ** Math.min(times - 1, 10));
  const line = `Reading the gateway failed five times, and was given up${times === 1 ? '' : `, ${times} times in a row`}.`;
  const nextLookAt = plusMinutes(at, waitMinutes);
  const known = { ...current, abandoned: { times, message }, nextLookAt };
  const incident = noted(known, at, 'abandoned', `${line} It is read again in ${waitMinutes} minutes.`);
  const isWaiting = current.told === undefined || current.told.kind === 'page';
  if (current.isTest || times !== (isWaiting ? 1 : TELL_AFTER)) {
    return { incident: noted(incident, at, 'not-told', `Nothing is told of it: ${why(current, isWaiting)}`) };
  }
  const silence = silenceOf(current.gatewayId, current.findings, silences, at);
  if (silence) {
    const { author, until, reason } = silence;
    return { incident: noted(incident, at, 'not-told', `Silenced by ${author} until ${until}: ${reason}`) };
  }
  // It goes to everybody: no diagnosis will come soon that they could wait for.
  const revision = incident.revision + 1;
  const notification = notificationPath(incident.id, revision);
  const sinks = sinksFor('updated', incident, routes, at);
  const { severity } = incident;
  const kind = isWaiting ? ('page' as const) : ('updated' as const);
  const told: Told = { revision, kind, at, severity, findings: current.told?.findings ?? [], notification };
  const sent = sending({ ...incident, revision, told }, { revision, notification, sinks });
  const reasons = ['It is told with what is known.', ...whyNotTold('updated', incident, routes, at)];
  return { incident: noted(sent, at, isWaiting ? 'paged' : 'notified', reasons.join(' ')), told };
}

function why({ isTest }: Incident, isWaiting: boolean): string {
  if (isTest) return 'it is a test.';
  return isWaiting
    ? 'people know already that the reading fails.'
    : `people know the diagnosis, and are told after ${TELL_AFTER} times.`;
}
