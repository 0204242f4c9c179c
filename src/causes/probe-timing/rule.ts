import { azPart } from '../../core/az.ts';
import type { Readings } from '../../core/readings.ts';
import { gatewayRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { scopeOf, type Target } from '../../core/targets.ts';
import type { Citation, FixStep, MissingRead, Verdict } from '../../core/verdict.ts';
import { citeMember, notSeenInHealth, type Sighting, sightings } from '../../reasoning/from-health.ts';
import { changeProbePath } from '../../reasoning/probe-fix.ts';
import { accepts, probeRead, probeRequestOf, testProbeRead } from '../../reasoning/probe-request.ts';
import { citePorts, observationsOfMember, portsOf } from '../../reasoning/probed-ports.ts';
import { isWellAnswered } from '../../reasoning/prober-observations.ts';
import { unreachedTargets } from '../../reasoning/reachability.ts';
import { longerWait } from '../../reasoning/timeouts.ts';
import {
  citeTimed,
  flapping,
  quickTraffic,
  slowMetric,
  slowTraffic,
  type TimedRequest,
  timedProbes,
} from './measured.ts';

const id = 'probe-timing';

export const probeTiming = {
  id,
  title: 'The application answers the probe, but later than the probe waits',
  maturity: 'stable',
  explains: 'outage',
  reads: ['backend-health', 'gateway', 'on-demand-health', 'probe-results', 'access-log', 'metrics'],
  meaning:
    'The way to the backend is open and the application works, yet its answer to the probe takes longer than the probe ' +
    'allows: the health path does too much, or the application slows down under load. Members then flap, and those that ' +
    'remain get all of the load.',
  confirmedBy:
    "A request like the probe's own, sent from inside the virtual network, is answered as the probe wants it, after more time than the probe's timeout; or a test of the gateway's own passes with a longer timeout, while one with the configured timeout still runs out in the same run.",
  ruledOutBy:
    'No probe times out, or the members cannot be connected to at all, so that nothing is slow but something is shut; or a test with a much longer timeout brings no answer either.',
  doNot: [
    'Do not raise the timeout because the text says so: a blocked path and a stopped machine give the same text.',
    'Do not set a timeout of minutes: a member that hangs would stay in rotation for as long.',
  ],
  prevention: [
    'Give the probe a path that does no work of its own, and leave the check of dependencies to monitoring.',
    'Take the probe timeout from the measured time of that path under full load, with room above it.',
  ],
  blindSpots: [
    'A backend that is slow only at times may be quick when it is measured.',
    'Live requests on other paths can be slow while the health path is quick.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const seen = sightings(readings, ({ kind }) => kind === 'timed-out');
  return seen.length > 0 ? seen.map((sighting) => judgeSighting(readings, sighting)) : [notSeenInHealth(readings, id)];
}

function judgeSighting(readings: Readings, sighting: Sighting): Verdict {
  const { target, members } = sighting;
  const [example] = members;
  const timeoutSeconds = probeRequestOf(target)?.timeoutSeconds;
  const base = {
    cause: id,
    scope: scopeOf(readings, target, members.length < target.members.length ? members : undefined),
    missing: missingReads(readings, sighting),
    fix: fixFor(readings, target),
  };
  const seen = example
    ? [
        citeMember(
          example,
          `${members.length} of ${target.members.length} members of ${target.pool} are said to answer too late.`,
        ),
      ]
    : [];
  const waits = timeoutSeconds === undefined ? [] : [citeTimeout(target, timeoutSeconds)];
  const wait = longerWait(readings, sighting);
  const waited = wait?.because ?? [];
  const timed = timedProbes(readings, sighting);
  const late = timed.filter(({ takenSeconds }) => timeoutSeconds !== undefined && takenSeconds > timeoutSeconds);
  const isGood = ({ request }: TimedRequest) =>
    request.isAccepted === true || (isWellAnswered(request) && isAcceptedBy(target, request.status));
  const measured = late.find(isGood) ?? late[0];
  // Before what speaks against it: that is other evidence, and must not be what keeps this from being confirmed.
  if (wait?.outcome === 'in-time' && wait.isSettled && !(measured && isGood(measured))) {
    const fix = fixFor(readings, target, { passesSeconds: wait.waitedSeconds });
    return { ...base, verdict: 'confirmed', because: [...seen, ...waits, ...waited], missing: [], fix, weight: 3 };
  }
  if (measured) {
    const says = `answers the probe's own request after ${measured.takenSeconds} s; the probe waits ${timeoutSeconds} s.`;
    const because = [...seen, ...waits, citeTimed(measured, says), ...waited];
    if (!isGood(measured)) return { ...base, verdict: 'likely', because, weight: 1 };
    const slowest = Math.max(...late.filter(isGood).map(({ takenSeconds }) => takenSeconds));
    return {
      ...base,
      verdict: 'confirmed',
      because,
      missing: [],
      fix: fixFor(readings, target, { measuredSeconds: slowest }),
      weight: 3,
    };
  }
  const closed = closedPort(readings, sighting);
  if (closed) return { ...base, verdict: 'ruled-out', because: [closed], missing: [], fix: [] };

  if (wait && wait.outcome !== 'silent') {
    const fix = fixFor(readings, target, wait.outcome === 'in-time' ? { passesSeconds: wait.waitedSeconds } : {});
    return { ...base, verdict: 'likely', because: [...seen, ...waits, ...waited], fix, weight: 2 };
  }
  if (wait) return { ...base, verdict: 'ruled-out', because: [...seen, ...waits, ...waited], missing: [], fix: [] };

  const [quick] = timed;
  const speedy = quick ? [citeTimed(quick, "answers the probe's own request in time when it is asked now.")] : [];
  if (timeoutSeconds === undefined) return { ...base, verdict: 'possible', because: [...seen, ...speedy] };
  const slow = [...slowTraffic(readings, target, timeoutSeconds), ...slowMetric(readings, target, timeoutSeconds)];
  const flaps = flapping(readings, target);
  const against = [...speedy, ...(slow.length > 0 ? [] : quickTraffic(readings, target, timeoutSeconds))];
  // A member that nothing connects to is not slow, whatever its neighbours take.
  const isLikely = slow.length > 0 && against.length === 0;
  return {
    ...base,
    verdict: isLikely ? 'likely' : 'possible',
    because: [...seen, ...waits, ...slow, ...flaps, ...against].slice(0, 5),
    ...(isLikely ? { weight: 1 + slow.length + flaps.length } : {}),
  };
}

function isAcceptedBy(target: Target, status: number | undefined): boolean {
  const request = probeRequestOf(target);
  return request !== undefined && status !== undefined && accepts(request.accepted, status) === true;
}

function citeTimeout({ probe, setting }: Target, timeoutSeconds: number): Citation {
  const quote =
    probe?.timeoutSeconds === undefined ? `no "timeout" for the probe of ${setting}` : `"timeout": ${timeoutSeconds}`;
  const who = probe === undefined ? 'The default probe' : `Probe ${probe.name}`;
  return { evidence: 'gateway', quote, says: `${who} waits ${timeoutSeconds} s for an answer.` };
}

/** The probed port of every one of these members takes no connection from inside the network: nothing can be slow there. */
function closedPort(readings: Readings, { target, members }: Sighting): Citation | undefined {
  const port = unreachedTargets(readings).find(
    (one) => one.target.pool === target.pool && one.target.setting === target.setting,
  )?.port;
  const seen = members.map((member) => ({
    member,
    ports: portsOf(observationsOfMember(readings, member)).filter((one) =>
      port === undefined ? one.isConfigured : one.port === port,
    ),
  }));
  const [first] = seen;
  if (!first || !seen.every(({ ports }) => ports.length > 0 && ports.every(({ state }) => state !== 'open')))
    return undefined;
  return citePorts(
    first.ports,
    `${first.member.address} takes no connection on the probed port, so its answer is not late but missing.`,
  );
}

function missingReads(readings: Readings, { target, members }: Sighting): readonly MissingRead[] {
  const [member] = members;
  if (!member) return [];
  const asked = probeRead(
    target,
    member,
    `How long ${member.address} takes to answer the probe's own request, from inside the virtual network; no answer at all means that it is not reached.`,
  );
  const timed = asked.command?.replace('-o /dev/null', "-o /dev/null -w '%{http_code} %{time_starttransfer}\\n'");
  const read = timed === undefined ? asked : { ...asked, command: timed };
  if (!readings.gateway) return [read, gatewayRead(readings)];
  const value = String(Math.max(LONGER_SECONDS, 2 * (probeRequestOf(target)?.timeoutSeconds ?? 0)));
  return [
    ...testProbeRead(
      readings,
      target,
      { changed: 'timeout', value },
      `Whether the members of ${target.pool} pass the gateway's own test when it waits ${value} s.`,
    ),
    read,
  ];
}

/** What serves no client is not slow but broken. */
const LONGER_SECONDS = 60;

/** Half as much again over what was measured: a timeout just above it would be missed by the next slow answer. */
const HEADROOM = 1.5;

function fixFor(
  readings: Readings,
  target: Target,
  {
    measuredSeconds,
    passesSeconds,
  }: {
    /** How long the answer took. */
    readonly measuredSeconds?: number;
    /** A timeout that was long enough; how much of it was needed is not known. */
    readonly passesSeconds?: number;
  } = {},
): readonly FixStep[] {
  const { probe } = target;
  const wanted = measuredSeconds === undefined ? passesSeconds : Math.ceil(measuredSeconds * HEADROOM);
  const quicker = { text: 'Better: have the health path answer at once, without asking databases or other services.' };
  if (!probe)
    return changeProbePath(
      readings,
      target,
      `The default probe waits 30 s, long enough for any health path. Point it at one that answers at once.`,
    );
  const { timeoutSeconds, intervalSeconds } = probe;
  const update = (timeout: string, interval: string | undefined) =>
    azPart(
      readings,
      ['probe', 'update'],
      ...['--name', probe.name, '--timeout', timeout],
      ...(interval === undefined ? [] : ['--interval', interval]),
    );
  // An interval shorter than the timeout lets probes overlap, so it goes along where it has to.
  const isShort = wanted !== undefined && intervalSeconds !== undefined && intervalSeconds < wanted;
  const interval = isShort ? String(wanted) : undefined;
  return [
    quicker,
    {
      text:
        passesSeconds === undefined
          ? 'Or let the probe wait longer than the measured time, with some room.'
          : `Or let the probe wait longer: ${passesSeconds} s were enough, and less may be once the time is measured.`,
      command: update(wanted === undefined ? '<seconds above the measured time>' : String(wanted), interval),
      ...(timeoutSeconds === undefined
        ? {}
        : { undo: update(String(timeoutSeconds), isShort ? String(intervalSeconds) : undefined) }),
    },
  ];
}
