import { azPart } from '../../core/az.ts';
import type { Member } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import { gatewayRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { citeMember, notSeenInHealth, type Sighting, sightings } from '../../reasoning/from-health.ts';
import { probeHostOf, probeRequestOf, probeUrl, testProbeRead } from '../../reasoning/probe-request.ts';
import { ANY_STATUS, scopeOfSighting } from '../../reasoning/probe-status.ts';
import { citeTrial, type Trial, trialsOf } from '../../reasoning/tried-on-demand.ts';

const id = 'probe-body-mismatch';

export const probeBodyMismatch = {
  id,
  title: 'The probe looks for a text that the backend does not send',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'on-demand-health'],
  meaning:
    'The probe accepts an answer only if its body holds a given text. The backend answers with an accepted status, but ' +
    'without that text. The text is taken literally: an asterisk stands for an asterisk and nothing else.',
  confirmedBy:
    "Backend health, or a test of the gateway's own, reports that the body does not hold the expected text, and the configuration of the probe shows that text.",
  ruledOutBy: 'No probe reports a body without the expected text.',
  doNot: ['Do not write a pattern into the expected text: neither * nor a regular expression is understood.'],
  prevention: [
    'Match on the status alone, or on a short text that only the health path produces and no translation changes.',
  ],
  blindSpots: ['What the backend sent instead is not part of backend health: it can be an error page with status 200.'],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const seen = sightings(readings, (observed) => observed.kind === 'body-mismatch');
  return seen.length > 0 ? seen.map((sighting) => judgeSighting(readings, sighting)) : [notSeenInHealth(readings, id)];
}

function judgeSighting(readings: Readings, sighting: Sighting): Verdict {
  const { target, members, healthy } = sighting;
  const example = members[0] as (typeof members)[number];
  const request = probeRequestOf(target);
  const body = request?.matchBody;
  const answer = bodyRead(sighting, example);
  const base = {
    cause: id,
    scope: scopeOfSighting(readings, sighting),
    fix: fixFor(readings, sighting, answer.command),
  };
  const because: Citation[] = [
    citeMember(
      example,
      `${members.length} of ${target.members.length} members of ${target.pool} send a body without the expected text.`,
    ),
  ];
  const [sibling] = healthy;
  if (sibling) {
    const passes = citeMember(
      sibling,
      `${sibling.address} passes the same probe, so ${example.address} differs, not the probe.`,
    );
    return { ...base, verdict: 'possible', because: [...because, passes], missing: [answer] };
  }
  if (!request) return { ...base, verdict: 'likely', because, missing: [gatewayRead(readings)], weight: 1 };
  if (body === undefined) {
    const says = 'The probe as configured now expects no text, so backend health may be older than the configuration.';
    const none = {
      evidence: 'gateway',
      quote: `no "body" in the match of ${request.probeName ?? 'the default probe'}`,
      says,
    };
    return { ...base, verdict: 'possible', because: [...because, none], missing: [answer] };
  }
  const literal = body.includes('*') ? ' The asterisk in it is taken literally.' : '';
  const configured: Citation = {
    evidence: 'gateway',
    quote: `"body": ${JSON.stringify(body)}`,
    says: `Probe ${request.probeName ?? ''} expects this text in the body.${literal}`,
  };
  const { observed } = example;
  const expected = observed.kind === 'body-mismatch' ? observed.expected : undefined;
  if (expected !== undefined && !isSameText(expected, body)) {
    const tested = refusedAgain(readings, sighting, body);
    if (tested.length > 0)
      return { ...base, verdict: 'confirmed', because: [...because, configured, ...tested], missing: [], weight: 2 };
    const missing = [
      ...testProbeRead(
        readings,
        target,
        { changed: 'accepted-range', value: ANY_STATUS, keepsBody: true },
        `Whether the members of ${target.pool} send the text that the probe expects now, by the gateway's own test.`,
      ),
      answer,
    ];
    return { ...base, verdict: 'likely', because: [...because, configured], missing, weight: 1 };
  }
  return { ...base, verdict: 'confirmed', because: [...because, configured], missing: [], weight: literal ? 3 : 2 };
}

/** The gateway's own test, with any status accepted and the text still expected, misses that same text at every member. */
function refusedAgain(readings: Readings, sighting: Sighting, body: string): readonly Citation[] {
  const trials = trialsOf(readings, sighting, 'accepted-range');
  const isMissed = ({ answers }: Trial) =>
    answers.every((answer) => {
      const observed = answer?.observed;
      return (
        observed?.kind === 'body-mismatch' && observed.expected !== undefined && isSameText(observed.expected, body)
      );
    });
  const [first] = trials;
  if (!first || !trials.every(isMissed)) return [];
  return [citeTrial(first, "The gateway's own test misses the text that is configured now.")];
}

/** The probe's own request, with the body shown: here it is the body that is in question. */
function bodyRead({ target }: Sighting, member: Member): MissingRead {
  const host = probeHostOf(target, member);
  const header = host === undefined ? [] : ['-H', `Host: ${host}`];
  const request = command('curl', '-sk', '--max-time', '30', ...header, probeUrl(target, member));
  return { read: `The body that ${member.address} answers to the probe's own request.`, command: request };
}

/** The health text may have cut the expected text short or changed its white space. */
function isSameText(told: string, configured: string): boolean {
  const [left, right] = [told, configured].map((text) =>
    text
      .replace(/[\s"'{}.]+/g, ' ')
      .trim()
      .toLowerCase(),
  );
  return left !== undefined && right !== undefined && (right.includes(left) || left.includes(right));
}

function fixFor(readings: Readings, { target }: Sighting, look: string | undefined): readonly FixStep[] {
  const request = probeRequestOf(target);
  const name = request?.probeName ?? target.settingConfig?.probeName ?? '<probe>';
  const body = request?.matchBody;
  const undo =
    body === undefined ? {} : { undo: azPart(readings, ['probe', 'update'], '--name', name, '--match-body', body) };
  return [
    { text: 'Look at what the backend sends, and make sure that it is no error page.', command: look },
    {
      text: 'Expect a text that is really in it.',
      command: azPart(readings, ['probe', 'update'], '--name', name, '--match-body', '<text that the body holds>'),
      ...undo,
    },
    {
      text: 'Or expect no text, and judge by the status alone.',
      command: azPart(readings, ['probe', 'update'], '--name', name, '--remove', 'match.body'),
      ...undo,
    },
  ];
}
