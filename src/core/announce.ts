import { type Finding, newsIn } from './findings.ts';
import type { Incident, Told } from './incident.ts';
import { type LifecyclePolicy, minutesBetween, type Transition } from './lifecycle.ts';
import { isAtLeast } from './severity.ts';
import { type Silence, silenceOf } from './silence.ts';

/** Whether people are told, as what, and why or why not. */
export type Announcement =
  | {
      readonly action: 'notify';
      readonly kind: Told['kind'];
      readonly reason: string;
      /** Only for the sinks that were told something of it before. */
      readonly isFollowUp?: boolean;
    }
  | { readonly action: 'hold'; readonly reason: string };

export interface Reading {
  /** What the incident's findings are with this reading. */
  readonly findings: readonly Finding[];
  readonly transition: Transition;
  /** Whether the reading found nothing wrong at all, in the whole time that was read. */
  readonly isClean: boolean;
  readonly silences: readonly Silence[];
  readonly at: string;
}

/** Pure. Decides after a reading what to say, from the incident as it stood before it. */
export function decideAnnouncement(
  incident: Incident,
  { findings, transition, isClean, silences, at }: Reading,
  { repeatMinutes }: Pick<LifecyclePolicy, 'repeatMinutes'>,
): Announcement {
  const { told } = incident;
  if (incident.isTest) {
    return told
      ? { action: 'hold', reason: 'The test was shown already.' }
      : { action: 'notify', kind: 'test', reason: 'A test notification: shown as a test, pages nobody.' };
  }
  // Whoever was told of the beginning is told of the end, silence or not.
  if (transition.state === 'resolved') {
    return told
      ? { action: 'notify', kind: 'resolved', reason: transition.reason }
      : { action: 'hold', reason: `${transition.reason} Nobody was told of it.` };
  }
  if (!told && isClean) {
    return { action: 'hold', reason: 'Every member is healthy and no request failed: there is nothing to report.' };
  }
  if (told?.kind === 'page' && isClean) {
    const reason = 'The first reading is in, and finds nothing wrong. The gateway is watched for a while.';
    return { action: 'notify', kind: 'updated', reason, isFollowUp: true };
  }
  const wanted = whatToSay(incident, findings, transition, at, repeatMinutes);
  if (wanted.action === 'hold') return wanted;
  const silence = silenceOf(incident.gatewayId, findings, silences, at);
  if (!silence) return wanted;
  const { author, until, reason } = silence;
  return {
    action: 'hold',
    reason: `Silenced by ${author} until ${until}: ${reason} It would have been said: ${wanted.reason}`,
  };
}

function whatToSay(
  { told, severity, state }: Incident,
  findings: readonly Finding[],
  transition: Transition,
  at: string,
  repeatMinutes: number,
): Announcement {
  if (!told) return { action: 'notify', kind: 'opened', reason: 'Trouble was found, and nobody was told yet.' };
  if (told.kind === 'page') return { action: 'notify', kind: 'updated', reason: 'The first reading is in.' };
  if (told.kind === 'resolved') {
    return { action: 'notify', kind: 'updated', reason: 'The trouble is back after it was resolved.' };
  }
  const [worst, ...more] = newsIn(told.findings, findings);
  if (worst) {
    const reason = more.length === 0 ? worst : `${worst} And ${more.length} more that is new.`;
    return { action: 'notify', kind: 'updated', reason };
  }
  if (severity !== told.severity && isAtLeast(severity, told.severity)) {
    return { action: 'notify', kind: 'updated', reason: `The severity rose from ${told.severity} to ${severity}.` };
  }
  if (state === 'recovering' && transition.state === 'open') {
    return { action: 'notify', kind: 'updated', reason: transition.reason };
  }
  const silentMinutes = minutesBetween(told.at, at);
  if (repeatMinutes > 0 && silentMinutes >= repeatMinutes && transition.state !== 'recovering') {
    return {
      action: 'notify',
      kind: 'reminder',
      reason: `Still there ${Math.floor(silentMinutes)} minutes after message ${told.revision}.`,
    };
  }
  return { action: 'hold', reason: `Nothing new since message ${told.revision}.` };
}
