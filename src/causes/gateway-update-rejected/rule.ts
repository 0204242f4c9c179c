import { azGateway } from '../../core/az.ts';
import { isFailing, type Member } from '../../core/backend-health.ts';
import type { Readings } from '../../core/readings.ts';
import { accessLogRead, backendHealthRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { gatewayNames, gatewayScope, targetsOf } from '../../core/targets.ts';
import { isGatewayError, requestsIn } from '../../core/traffic.ts';
import type { Citation, FixStep, MissingRead, Verdict, VerdictLevel } from '../../core/verdict.ts';
import { citeRequests, isServed, spanOf } from '../../reasoning/from-access-log.ts';
import { activityRead, byWhom, citeEvent, type TimedEvent } from '../../reasoning/from-activity-log.ts';
import { citeMember } from '../../reasoning/from-health.ts';
import { controllerTags } from '../../reasoning/kubernetes-signs.ts';
import { adviceFor, isPassing, type Writes, writesOf } from './writes.ts';

const id = 'gateway-update-rejected';

export const gatewayUpdateRejected = {
  id,
  title: 'Changes to the gateway are refused, so it still runs an older configuration',
  maturity: 'stable',
  explains: 'outage',
  reads: ['activity-log', 'backend-health', 'access-log', 'gateway'],
  meaning:
    'Somebody, a pipeline or an ingress controller changes the gateway, and Azure refuses the change: a right is missing, ' +
    'a lock or a policy forbids it, or something in it does not hold. The gateway goes on with its old configuration, ' +
    'while everybody believes that the new one is in force.',
  confirmedBy:
    'The activity log shows writes to the gateway that failed, with their error, after the last one that succeeded, and either nothing fails at the backends, so that the old configuration is all there is to it, or a controller that fills the pools has been refused again and again since before the failures began.',
  ruledOutBy: 'The last write to the gateway succeeded, or none failed in the time that was read.',
  doNot: [
    'Do not send the same change again and again before its error is understood.',
    'Do not make the change by hand beside the pipeline or controller: the next run takes it back.',
  ],
  prevention: [
    'Alert on failed writes to the gateway, and let the pipeline fail loudly.',
    'Try rights and policies with a harmless change before the release that needs them.',
  ],
  blindSpots: [
    'What the refused change would have brought is not in the log, so whether it matters to the failures is for people to judge.',
    'The log reaches back only as far as it was read; a refusal before that is not seen.',
  ],
  judge,
} satisfies Rule;

function judge(readings: Readings): readonly Verdict[] {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  if (!readings.activity)
    return [{ ...base, verdict: 'inconclusive', because: [], missing: [gatewayActivityRead(readings)] }];
  const writes = writesOf(readings);
  const last = writes.rejected.at(-1);
  if (!last) return [{ ...base, verdict: 'ruled-out', because: [citeNone(readings, writes)], missing: [] }];
  const because: Citation[] = [citeRejected(last, writes)];
  if (writes.lastGood) because.push(citeEvent(writes.lastGood, 'This was the last change that took effect.'));
  return [{ ...base, ...weigh(readings, writes, last, because), fix: fixFor(readings, last) }];
}

interface Weighed {
  readonly verdict: VerdictLevel;
  readonly because: readonly Citation[];
  readonly missing: readonly MissingRead[];
  readonly weight?: number;
}

/** Refusals are facts; what has to be weighed is whether they have to do with what fails. */
function weigh(readings: Readings, writes: Writes, last: TimedEvent, seen: readonly Citation[]): Weighed {
  const lasting = writes.rejected.filter((event) => event.errorCode !== undefined && !isPassing(event));
  const missing = missingReads(readings);
  if (writes.pending) {
    const cited = citeEvent(writes.pending, 'A later write has begun, and its end is not in the log yet.');
    return { verdict: 'possible', because: [...seen, cited], missing: [gatewayActivityRead(readings), ...missing] };
  }
  const failing = failingMember(readings);
  const groups = readings.traffic?.groups ?? [];
  const errors = groups.filter(isGatewayError);
  const began = spanOf(errors)?.from;
  if (!failing && errors.length === 0) return weighCalm(readings, lasting, seen, missing);

  const trouble = failing
    ? [citeMember(failing, `${failing.address} fails, as it may with a configuration that is out of date.`)]
    : [];
  const because = [...seen, ...trouble, ...citeState(readings)];
  if (lasting.length === 0)
    return { verdict: 'possible', because, missing: [gatewayActivityRead(readings), ...missing] };
  const first = lasting[0] ?? last;
  if (began !== undefined && first.time > began) {
    const says = 'The failures began before the first refused change, so this one came after them.';
    const late = citeRequests(
      errors,
      groups,
      `httpStatus 502 or 504, the first at ${new Date(began).toISOString()}`,
      says,
    );
    return { verdict: 'possible', because: [...because, late], missing: [gatewayActivityRead(readings), ...missing] };
  }
  const controlled = began === undefined ? undefined : controllerOf(readings, lasting);
  if (controlled && failing) return { verdict: 'confirmed', because: [...because, controlled], missing: [], weight: 3 };
  const weight = 1 + (lasting.length >= 2 ? 1 : 0) + (began === undefined ? 0 : 1);
  return {
    verdict: 'likely',
    because,
    missing: missing.length > 0 ? missing : [gatewayActivityRead(readings)],
    weight,
  };
}

/** What clients are refused at any calm gateway: stale links, scanners, sessions that ran out. */
const CALM_SHARE = 0.1;

/** Nothing fails: then the refused change is all that there is to report, and it is certain where health and log say so. */
function weighCalm(
  readings: Readings,
  lasting: readonly TimedEvent[],
  seen: readonly Citation[],
  missing: readonly MissingRead[],
): Weighed {
  const groups = readings.traffic?.groups ?? [];
  const served = groups.filter(isServed);
  const members = targetsOf(readings).flatMap((target) => target.members);
  const areWell =
    members.length > 0 && members.every(({ health, observed }) => health === 'healthy' && observed.kind === 'answered');
  const [member] = members;
  if (lasting.length === 0)
    return { verdict: 'possible', because: seen, missing: [gatewayActivityRead(readings), ...missing] };
  // Other refusals in plenty are an incident of their own, and nothing says that this one has to do with it.
  const other = groups.filter(({ status }) => status >= 400);
  if (requestsIn(other) > CALM_SHARE * requestsIn(groups)) {
    const says = 'Clients are refused in another way, which may have nothing to do with this.';
    const cited = citeRequests(other, groups, 'httpStatus 400 or above', says);
    return { verdict: 'possible', because: [...seen, cited], missing: [gatewayActivityRead(readings), ...missing] };
  }
  if (areWell && member && requestsIn(served) > 0) {
    const calm = [
      citeMember(member, 'Every member answers its probe.'),
      citeRequests(served, groups, 'serverStatus below 500', 'Requests are answered, and none failed with 502 or 504.'),
    ];
    return { verdict: 'confirmed', because: [...seen, ...calm], missing: [], weight: 2 };
  }
  return { verdict: 'likely', because: seen, missing, weight: 1 };
}

/** A controller that writes this gateway on behalf of a cluster, refused at least twice: the pools cannot follow the pods. */
function controllerOf({ gateway }: Readings, rejected: readonly TimedEvent[]): Citation | undefined {
  const [tag] = controllerTags(gateway);
  const byApplication = rejected.filter(({ actor }) => actor === 'application');
  if (tag === undefined || byApplication.length < 2) return undefined;
  return {
    ...tag,
    says: 'An ingress controller fills the pools of this gateway, and cannot as long as its writes are refused.',
  };
}

function failingMember(readings: Readings): Member | undefined {
  return targetsOf(readings)
    .filter(({ inUse }) => inUse !== false)
    .flatMap((target) => target.members)
    .find((member) => isFailing(member));
}

function citeRejected(event: TimedEvent, { rejected }: Writes): Citation {
  const { errorCode, errorMessage } = event;
  const count =
    rejected.length === 1 ? 'A change to the gateway' : `The last of ${rejected.length} changes to the gateway`;
  const why = errorCode === undefined ? '' : ` with ${errorCode}`;
  const cited = citeEvent(event, `${count} was refused${byWhom(event)}${why}, and none has succeeded since.`);
  const text = errorMessage === undefined ? '' : `: ${errorMessage.slice(0, 160)}`;
  return { ...cited, quote: `${cited.quote}${errorCode === undefined ? '' : `, ${errorCode}${text}`}` };
}

function citeNone({ activity = [] }: Readings, { lastGood }: Writes): Citation {
  if (lastGood) return citeEvent(lastGood, 'The last change to the gateway that ended has succeeded.');
  const says = 'No change to the gateway failed in the time that was read.';
  return { evidence: 'activity-log', quote: `0 of ${activity.length} entries are failed writes of the gateway`, says };
}

function citeState({ gateway }: Readings): readonly Citation[] {
  if (gateway?.provisioningState?.toLowerCase() !== 'failed') return [];
  const says = 'The gateway itself says that its last change did not succeed.';
  return [{ evidence: 'gateway', quote: `"provisioningState": "${gateway.provisioningState}"`, says }];
}

function gatewayActivityRead(readings: Readings): MissingRead {
  const { id: gatewayId = '<gateway resource id>' } = gatewayNames(readings);
  return activityRead(
    'The activity log of the gateway: which changes to it failed, and with which error.',
    '--resource-id',
    gatewayId,
  );
}

function missingReads(readings: Readings): readonly MissingRead[] {
  return [
    ...(readings.backendHealth ? [] : [backendHealthRead(readings)]),
    ...(readings.traffic
      ? []
      : [accessLogRead(readings, 'The access log: when the failures began, before or after the refused change.')]),
  ];
}

function fixFor(readings: Readings, last: TimedEvent): readonly FixStep[] {
  const { resourceGroup = '<resource-group>' } = gatewayNames(readings);
  const locks = command('az', 'lock', 'list', '--resource-group', resourceGroup, '--output', 'table');
  return [
    { text: adviceFor(last), ...(/lock/i.test(last.errorCode ?? '') ? { command: locks } : {}) },
    {
      text: 'Then have the pipeline or the controller write again, and see that the gateway has what was meant.',
      command: azGateway(readings, 'show'),
    },
  ];
}
