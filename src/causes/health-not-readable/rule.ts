import type { Member } from '../../core/backend-health.ts';
import { isPrivateOnly } from '../../core/gateway.ts';
import type { Readings } from '../../core/readings.ts';
import { backendHealthRead, logRead } from '../../core/reads.ts';
import type { Rule } from '../../core/rule.ts';
import { command } from '../../core/shell.ts';
import { gatewayNames, gatewayScope, scopeOf, type Target, targetsOf, trafficOf } from '../../core/targets.ts';
import { isGatewayError, requestsIn, type TrafficGroup } from '../../core/traffic.ts';
import type { Citation, FixStep, Verdict } from '../../core/verdict.ts';
import { isIpAddress } from '../../reasoning/backend-address.ts';
import { citeRequests, isServed, spanOf } from '../../reasoning/from-access-log.ts';
import { citeMember } from '../../reasoning/from-health.ts';

const id = 'health-not-readable';

export const healthNotReadable = {
  id,
  title: 'Backend health cannot be read',
  maturity: 'stable',
  explains: 'aside',
  isAboutReading: true,
  reads: ['backend-health', 'access-log', 'gateway'],
  meaning:
    'Backend health was refused, or says Unknown for every member, while the gateway goes on serving. The reading is what ' +
    'fails: a missing right, a lock, or a network rule on the management path of the gateway. It is no cause of 502, but ' +
    'it takes away the best evidence.',
  confirmedBy:
    'The read was refused for want of a right or because of a lock, or no member has a legible health; and the access log shows that requests are answered by backends.',
  ruledOutBy: 'Backend health was read and tells of at least one member what its probe met.',
  doNot: [
    'Do not take Unknown for down: traffic may be flowing as always.',
    'Do not grant Owner for this: one action of one resource type is enough.',
  ],
  prevention: [
    'Give the identity that investigates the action Microsoft.Network/applicationGateways/backendhealth/action.',
    'Put no ReadOnly lock on the gateway: it forbids reading backend health, which is a POST.',
  ],
  blindSpots: [
    'A name in the pool that cannot be resolved also makes its health unknown, and that can be the outage.',
    'A gateway created minutes ago has not probed yet, and a private-only gateway may always say Unknown.',
  ],
  judge,
} satisfies Rule;

/** Below this, answered requests could be stray ones; and more failures than this are an outage, not a working path. */
const MIN_SERVED_REQUESTS = 20;
const MAX_FAILED_SHARE = 0.05;

/** How long before the health reading the last answered request may lie. Logs arrive 3 to 10 minutes late. */
const MAX_AGE_MS = 15 * 60 * 1000;

const RIGHTS =
  /authorization ?failed|forbidden|\b403\b|does not have (?:the )?(?:authorization|permission)|\brights?\b/i;
const LOCK = /scope ?locked|read-?only lock|\block(?:ed)?\b/i;

function judge(readings: Readings): readonly Verdict[] {
  const health = readings.evidence.find((item) => item.name === 'backend-health');
  if (health?.state === 'failed') return [judgeRefused(readings, health.reason)];
  const targets = targetsOf(readings).filter((target) => target.members.length > 0);
  const blank = targets.filter((target) => target.members.every(isUnread));
  if (targets.length > 0 && blank.length === targets.length) return [judgeUnknown(readings, targets)];
  if (blank.length > 0) return blank.map((target) => judgePartly(readings, target));
  return [judgeRead(readings, targets)];
}

function isUnread({ health, observed }: Member): boolean {
  return observed.kind === 'not-retrievable' || (health === 'unknown' && observed.kind === 'silent');
}

function judgeRefused(readings: Readings, reason: string | undefined): Verdict {
  const base = { cause: id, scope: gatewayScope(readings) };
  const words = reason ?? 'failed';
  const isLock = LOCK.test(words);
  const cite = (says: string): Citation => ({ evidence: 'backend-health', quote: words, says });
  if (!isLock && !RIGHTS.test(words)) {
    const because = [cite('The read of backend health failed, for a reason that is neither a right nor a lock.')];
    return { ...base, verdict: 'possible', because, missing: [backendHealthRead(readings)], fix: [] };
  }
  const because = [cite(`The read of backend health was refused, ${isLock ? 'by a lock' : 'for want of a right'}.`)];
  const fix = isLock ? lockFix(readings) : rightsFix(readings);
  const flow = flowing(readings, readings.traffic?.groups ?? []);
  return flow
    ? { ...base, verdict: 'confirmed', because: [...because, flow], missing: [], fix, weight: 2 }
    : { ...base, verdict: 'likely', because, missing: [dataPathRead(readings)], fix, weight: 1 };
}

/** No member of any target has a legible health. */
function judgeUnknown(readings: Readings, targets: readonly Target[]): Verdict {
  const members = targets.flatMap((target) => target.members);
  const base = { cause: id, scope: gatewayScope(readings), fix: pathFix(readings) };
  const because: Citation[] = members
    .slice(0, 1)
    .map((member) =>
      citeMember(member, `Backend health says of all ${members.length} members that it could not read them.`),
    );
  if (isPrivateOnly(readings.gateway)) {
    const says = 'The gateway has a private frontend only, and such a gateway often shows no health while all is well.';
    because.push({ evidence: 'gateway', quote: 'frontendIPConfigurations without publicIPAddress', says });
  }
  const groups = targets.flatMap((target) => trafficOf(readings, target));
  const flow = flowing(readings, groups);
  const missing = [dataPathRead(readings)];
  const state = readings.gateway?.operationalState?.toLowerCase();
  // A gateway that does not run has no health to read, and what its log still shows is from before.
  if (!flow || (state !== undefined && state !== 'running')) return { ...base, verdict: 'possible', because, missing };
  // A name that no longer resolves is served from the last known address for a while, which would look the same.
  const isConfirmed =
    state === 'running' && members.every(({ address }) => isIpAddress(address)) && isRecent(readings, groups);
  return isConfirmed
    ? { ...base, verdict: 'confirmed', because: [...because, flow], missing: [], weight: 2 }
    : { ...base, verdict: 'likely', because: [...because, flow], missing, weight: 1 };
}

/** Some targets are read and others are not: the management path works, so something else is wrong with these. */
function judgePartly(readings: Readings, target: Target): Verdict {
  const because = target.members
    .slice(0, 1)
    .map((member) =>
      citeMember(member, `The health of ${target.pool} could not be read, while that of other pools could.`),
    );
  const missing = [dataPathRead(readings), backendHealthRead(readings)];
  return { cause: id, verdict: 'possible', scope: scopeOf(readings, target), because, missing, fix: [] };
}

function judgeRead(readings: Readings, targets: readonly Target[]): Verdict {
  const base = { cause: id, scope: gatewayScope(readings), fix: [] };
  const read = targets.flatMap((target) => target.members).find((member) => !isUnread(member));
  if (!read) return { ...base, verdict: 'inconclusive', because: [], missing: [backendHealthRead(readings)] };
  const because = [citeMember(read, `Backend health was read: this is what it says of ${read.address}.`)];
  return { ...base, verdict: 'ruled-out', because, missing: [] };
}

/** Evidence that requests are answered by backends, with hardly a failure among them. */
function flowing(readings: Readings, groups: readonly TrafficGroup[]): Citation | undefined {
  const served = groups.filter(isServed);
  const failed = requestsIn(groups.filter(isGatewayError));
  const isWell = requestsIn(served) >= MIN_SERVED_REQUESTS && failed <= MAX_FAILED_SHARE * requestsIn(groups);
  if (!readings.traffic || !isWell) return undefined;
  return citeRequests(served, groups, 'answered by a backend', 'Traffic flows, so it is the reading that fails.');
}

function isRecent({ evidence, takenAt }: Readings, groups: readonly TrafficGroup[]): boolean {
  const readAt = evidence.find((item) => item.name === 'backend-health')?.takenAt ?? takenAt;
  const last = spanOf(groups.filter(isServed))?.to;
  return readAt !== undefined && last !== undefined && Date.parse(readAt) - last <= MAX_AGE_MS;
}

function dataPathRead(readings: Readings): Verdict['missing'][number] {
  return logRead(
    readings,
    'The access log of the last minutes: whether requests are answered all the same.',
    'AGWAccessLogs | where TimeGenerated > ago(15m) | summarize count(), max(TimeGenerated) by BackendPoolName, HttpStatus, ServerStatus',
  );
}

function gatewayIdOf(readings: Readings): string {
  return gatewayNames(readings).id ?? '<gateway resource id>';
}

function rightsFix(readings: Readings): readonly FixStep[] {
  const role = '<role with Microsoft.Network/applicationGateways/backendhealth/action>';
  const grant = ['--assignee', '<principal id>', '--role', role, '--scope', gatewayIdOf(readings)];
  return [
    {
      text: 'Grant whoever reads the right to read backend health. Reader does not hold it.',
      command: command('az', 'role', 'assignment', 'create', ...grant),
      undo: command('az', 'role', 'assignment', 'delete', ...grant),
    },
  ];
}

function lockFix(readings: Readings): readonly FixStep[] {
  const { resourceGroup = '<resource-group>' } = gatewayNames(readings);
  return [
    {
      text: 'Find the ReadOnly lock, on the gateway, its resource group or its subscription, and replace it with CanNotDelete.',
      command: command('az', 'lock', 'list', '--resource-group', resourceGroup, '--output', 'table'),
    },
  ];
}

function pathFix(readings: Readings): readonly FixStep[] {
  const subnet = readings.gateway?.subnetIds[0] ?? '<gateway subnet id>';
  const query = '{nsg: networkSecurityGroup.id, routes: routeTable.id}';
  return [
    {
      text: 'Look at the rules and routes on the subnet of the gateway: GatewayManager must reach ports 65200-65535, and the default route must lead to the Internet.',
      command: command('az', 'network', 'vnet', 'subnet', 'show', '--ids', subnet, '--query', query),
    },
  ];
}
