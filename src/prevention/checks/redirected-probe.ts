import type { Member } from '../../core/backend-health.ts';
import { backendHealthRead } from '../../core/reads.ts';
import type { FixStep } from '../../core/verdict.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import { changeProbePath } from '../../reasoning/probe-fix.ts';
import { probeRequestOf } from '../../reasoning/probe-request.ts';
import { type AuditReadings, type Check, found, type Judgement, notJudged } from '../check.ts';
import { citeGateway, costOfPool, scopeIn, type UsedTarget, usedTargets, withGateway } from '../in-use.ts';

export const redirectedProbe = {
  id: 'redirected-probe',
  title: 'A probe is answered by a redirect or a sign-in, not by the application',
  costsUpTo: 'outage',
  prevents: ['probe-redirected', 'probe-needs-auth', 'probe-status-not-accepted', 'ingress-route-missing'],
  reads: ['gateway', 'backend-health'],
  meaning:
    'A probe that is content with a redirect, or with being asked to sign in, sees a web server and not the application ' +
    'behind it: members stay green while it is broken. And the day somebody narrows the accepted codes, or a sign-in page ' +
    'answers 401 instead of 302, all members are down at once.',
  blindSpots: ['Where the redirect leads to is not in backend health.'],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, () => {
    if (readings.backendHealth === undefined)
      return notJudged({
        ...backendHealthRead(readings),
        read: 'Backend health: with what members answer the probes.',
      });
    return found(...usedTargets(readings).flatMap((target) => judgeTarget(readings, target)));
  });
}

/** The status with which a member passes the probe, where it is a redirect or asks for a sign-in. */
function besideApplication({ health, observed }: Member): number | undefined {
  if (health !== 'healthy' || observed.kind !== 'answered' || observed.status === undefined) return undefined;
  const { status } = observed;
  return (status >= 300 && status <= 399) || status === 401 || status === 403 ? status : undefined;
}

function judgeTarget(readings: AuditReadings, target: UsedTarget): Judgement['findings'] {
  const seen = target.members.flatMap((member) => {
    const status = besideApplication(member);
    return status === undefined ? [] : [{ member, status }];
  });
  const [first] = seen;
  const request = probeRequestOf(target);
  if (!first || !request) return [];
  const { pool, setting, probe } = target;
  const isDefault = request.probeName === undefined;
  const who = isDefault ? 'The default probe' : `Probe ${request.probeName}`;
  const what = first.status < 400 ? 'a redirect' : 'a demand to sign in';
  const fix: readonly FixStep[] = changeProbePath(
    readings,
    target,
    'Let the probe ask for a page of the application that needs no sign-in and answers 200.',
  );
  return [
    {
      // A custom probe that takes the answer was told so by somebody; the default one was never asked.
      cost: isDefault ? costOfPool(readings, pool) : 'hygiene',
      nearness: 'someday',
      scope: scopeIn(readings, { pool, setting, ...(probe ? { probe: probe.name } : {}) }),
      says: `${who} of ${pool} passes with ${what} (${first.status}), so it does not see whether the application works.`,
      because: [
        citeMember(
          first.member,
          `${seen.length} of ${target.members.length} members answer the probe with ${first.status}.`,
        ),
        isDefault
          ? citeGateway(
              `no "probe" in backend setting ${setting}`,
              'The default probe asks for / and takes 200 to 399.',
            )
          : citeGateway(`"path": "${request.path}"`, `Probe ${request.probeName} asks for this.`),
      ],
      fix,
    },
  ];
}
