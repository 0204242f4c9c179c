import type { Diagnosis } from './diagnose.ts';
import type { Incident } from './incident.ts';
import type { Readings } from './readings.ts';
import { isNamed } from './verdict.ts';

/** Whether people are told, as what, and why or why not. */
export type Announcement =
  | {
      readonly action: 'notify';
      readonly kind: 'opened' | 'updated' | 'resolved' | 'test';
      readonly reason: string;
      readonly fingerprint: string;
    }
  | { readonly action: 'hold'; readonly reason: string; readonly resolves: boolean };

/** Pure. Decides after an investigation what to say, from the incident as it stands and what was found. */
export function decideAnnouncement(incident: Incident, diagnosis: Diagnosis, readings: Readings): Announcement {
  const fingerprint = fingerprintOf(diagnosis, readings);
  const last = incident.lastNotified;
  if (incident.isTest) {
    return last
      ? { action: 'hold', reason: 'The test was shown already.', resolves: false }
      : { action: 'notify', kind: 'test', reason: 'A test notification: shown as a test, pages nobody.', fingerprint };
  }
  if (diagnosis.healthy) {
    return last
      ? {
          action: 'notify',
          kind: 'resolved',
          reason: 'Read again: every member is healthy and no request fails.',
          fingerprint: 'healthy',
        }
      : {
          action: 'hold',
          reason: 'Every member is healthy and no request failed: there is nothing to report.',
          resolves: true,
        };
  }
  if (!last)
    return { action: 'notify', kind: 'opened', reason: 'Trouble was found, and nobody was told yet.', fingerprint };
  if (last.fingerprint === fingerprint) {
    return { action: 'hold', reason: `Nothing new since message ${last.revision}.`, resolves: false };
  }
  return {
    action: 'notify',
    kind: 'updated',
    reason: 'The causes, their certainty or the affected members changed.',
    fingerprint,
  };
}

/** Everything that makes a message worth sending again: causes with their level and place, and who is down. */
function fingerprintOf({ verdicts }: Diagnosis, { backendHealth }: Readings): string {
  const causes = verdicts
    .filter(isNamed)
    .map(({ cause, verdict, scope }) =>
      [cause, verdict, scope.pool, scope.setting, scope.members?.toSorted().join()].join('~'),
    );
  const down = (backendHealth?.targets ?? []).flatMap(({ pool, setting, members }) =>
    members.filter((member) => member.health !== 'healthy').map((member) => `${pool}~${setting}~${member.address}`),
  );
  return [...causes.toSorted(), ...down.toSorted()].join('|').toLowerCase();
}
