import { azPart } from '../../core/az.ts';
import type { Probe } from '../../core/gateway.ts';
import { accessLogRead } from '../../core/reads.ts';
import { trafficOf } from '../../core/targets.ts';
import { requestsIn } from '../../core/traffic.ts';
import { citeRequests, seconds, typical } from '../../reasoning/from-access-log.ts';
import { probeRequestOf } from '../../reasoning/probe-request.ts';
import { type AuditReadings, type Check, type Finding, found, type Judgement, together } from '../check.ts';
import { citeGateway, costOfPool, scopeIn, type UsedTarget, usedTargets, withGateway } from '../in-use.ts';
import { durationOf, longerThan, timedRequests } from '../measured.ts';

/** A member that is down is asked so long before it is taken out. The service's own default comes to 90 s. */
const SLOW_SECONDS = 180;
/** Fewer requests than these may be chance. */
const MIN_REQUESTS = 100;

export const probePace = {
  id: 'probe-pace',
  title: 'A probe is paced so that it gives up too early or too late',
  costsUpTo: 'outage',
  prevents: ['probe-timing', 'backend-recycling'],
  reads: ['gateway', 'access-log'],
  meaning:
    'A probe that waits less long than the application takes finds all members down at once when load rises. One failure ' +
    'that counts as down takes members out for a hiccup; and with long intervals and many tries clients meet a dead member ' +
    'for minutes.',
  blindSpots: ['The log holds what clients ask for; the page that the probe asks for can be quicker or slower.'],
  judge,
} satisfies Check;

function judge(readings: AuditReadings): Judgement {
  return withGateway(readings, () => together(usedTargets(readings).map((target) => judgeTarget(readings, target))));
}

function judgeTarget(readings: AuditReadings, target: UsedTarget): Judgement {
  const { probe } = target;
  const paced = probe
    ? [hasty(readings, target, probe), late(readings, target, probe), overlong(readings, target, probe)]
    : [];
  const patience = impatient(readings, target);
  return together([found(...paced.filter((one) => one !== undefined)), patience]);
}

function scopeOfProbe(readings: AuditReadings, { pool, setting }: UsedTarget, probe: Probe) {
  return scopeIn(readings, { pool, setting, probe: probe.name });
}

function hasty(readings: AuditReadings, target: UsedTarget, probe: Probe): Finding | undefined {
  if (probe.unhealthyThreshold !== 1) return undefined;
  return {
    cost: costOfPool(readings, target.pool),
    nearness: 'someday',
    scope: scopeOfProbe(readings, target, probe),
    says: `One missed answer to probe ${probe.name} takes a member out, and a hiccup of all of them the whole pool.`,
    because: [citeGateway('"unhealthyThreshold": 1', `Probe ${probe.name} counts to one.`)],
    fix: [
      {
        text: 'Let three failures in a row count as down, which is the default of the service.',
        command: azPart(readings, ['probe', 'update'], '--name', probe.name, '--threshold', '3'),
        undo: azPart(readings, ['probe', 'update'], '--name', probe.name, '--threshold', '1'),
      },
    ],
  };
}

function late(readings: AuditReadings, target: UsedTarget, probe: Probe): Finding | undefined {
  const { intervalSeconds, unhealthyThreshold } = probe;
  if (intervalSeconds === undefined || unhealthyThreshold === undefined) return undefined;
  const takes = intervalSeconds * unhealthyThreshold;
  if (takes <= SLOW_SECONDS) return undefined;
  const update = (interval: number, threshold: number) =>
    azPart(
      readings,
      ['probe', 'update'],
      ...['--name', probe.name, '--interval', String(interval), '--threshold', String(threshold)],
    );
  return {
    cost: 'requests',
    nearness: 'someday',
    scope: scopeOfProbe(readings, target, probe),
    says: `A member that dies is asked by clients for ${seconds(takes)} s before probe ${probe.name} takes it out.`,
    because: [
      citeGateway(
        `"interval": ${intervalSeconds}, "unhealthyThreshold": ${unhealthyThreshold}`,
        `That is ${intervalSeconds} s, ${unhealthyThreshold} times.`,
      ),
    ],
    fix: [
      {
        text: 'Ask more often: the defaults of 30 s and three failures come to 90 s.',
        command: update(30, 3),
        undo: update(intervalSeconds, unhealthyThreshold),
      },
    ],
  };
}

function overlong(readings: AuditReadings, target: UsedTarget, probe: Probe): Finding | undefined {
  const { intervalSeconds, timeoutSeconds } = probe;
  if (intervalSeconds === undefined || timeoutSeconds === undefined || timeoutSeconds <= intervalSeconds)
    return undefined;
  const update = (interval: number) =>
    azPart(readings, ['probe', 'update'], '--name', probe.name, '--interval', String(interval));
  return {
    cost: 'hygiene',
    nearness: 'someday',
    scope: scopeOfProbe(readings, target, probe),
    says: `Probe ${probe.name} waits ${timeoutSeconds} s for an answer, but is due again after ${intervalSeconds} s.`,
    because: [
      citeGateway(
        `"interval": ${intervalSeconds}, "timeout": ${timeoutSeconds}`,
        'The service asks for a time-out of no more than the interval.',
      ),
    ],
    fix: [
      {
        text: 'Let the interval be at least the time-out.',
        command: update(timeoutSeconds),
        undo: update(intervalSeconds),
      },
    ],
  };
}

/** The probe's time against what clients are made to wait by the same members. */
function impatient(readings: AuditReadings, target: UsedTarget): Judgement {
  const request = probeRequestOf(target);
  if (!request) return found();
  const all = trafficOf(readings, target);
  const timed = timedRequests(all);
  if (readings.traffic === undefined) {
    return { findings: [], notJudged: [accessLogRead(readings, 'The access log: how long members take to answer.')] };
  }
  const onPath = timed.filter(({ path }) => path !== undefined && path === request.path);
  const isOnPath = requestsIn(onPath) >= MIN_REQUESTS;
  const groups = isOnPath ? onPath : timed;
  const { atLeast, total } = longerThan(groups, request.timeoutSeconds);
  // One in twenty: probes are asked a thousand times a day, and a few late answers do not take a member out.
  if (total < MIN_REQUESTS || atLeast * 20 < total) return found();
  const median = typical(groups, durationOf) ?? 0;
  const what = `slower than ${seconds(request.timeoutSeconds)} s at least ${atLeast}`;
  const where = isOnPath ? ` for ${request.path}` : '';
  const update = (timeout: string, interval: string) =>
    azPart(
      readings,
      ['probe', 'update'],
      ...['--name', request.probeName ?? '<probe>', '--timeout', timeout, '--interval', interval],
    );
  const { probe } = target;
  return found({
    cost: costOfPool(readings, target.pool),
    nearness: median > request.timeoutSeconds ? 'soon' : 'someday',
    scope: scopeIn(readings, {
      pool: target.pool,
      setting: target.setting,
      ...(request.probeName === undefined ? {} : { probe: request.probeName }),
    }),
    says: `Members of ${target.pool} often take longer${where} than the ${seconds(request.timeoutSeconds)} s that the probe waits.`,
    because: [
      citeRequests(groups, all, what, 'Clients of the same members wait longer than the probe does.'),
      probe
        ? citeGateway(`"timeout": ${request.timeoutSeconds}`, `Probe ${probe.name} gives up after that.`)
        : citeGateway(`no "probe" in backend setting ${target.setting}`, 'The default probe waits 30 s.'),
    ],
    fix: [
      { text: 'Let the probe ask for a page that is quick while the application is well, and asks nobody else.' },
      ...(probe?.timeoutSeconds === undefined || probe.intervalSeconds === undefined
        ? []
        : [
            {
              text: 'Until then give the probe more time.',
              command: update('<seconds>', '<seconds, not less>'),
              undo: update(String(probe.timeoutSeconds), String(probe.intervalSeconds)),
            },
          ]),
    ],
  });
}
