import { healthyBefore } from './baseline-before.ts';
import { type Finding, nameOf } from './findings.ts';
import type { Incident } from './incident.ts';
import { minutesBetween } from './lifecycle.ts';
import type { RecoveredPlace, Recovery } from './notification.ts';
import type { Readings } from './readings.ts';
import { sameName } from './resource-id.ts';
import { requestsIn } from './traffic.ts';

/** What was wrong at each place, and how it stands now. Pure. */
export function recoveryOf(incident: Incident, readings: Readings, at: string): Recovery {
  return {
    minutes: Math.max(0, Math.round(minutesBetween(incident.openedAt, at))),
    places: incident.findings.map((finding) => compare(finding, readings, healthyBefore(incident.before, finding))),
  };
}

function compare(finding: Finding, readings: Readings, earlier: string | undefined): RecoveredPlace {
  const causes = finding.causes.map(({ cause, verdict }) => `${cause} (${verdict})`).join(', ');
  const before = [membersBefore(finding), causes].filter((part) => part !== '').join('; ');
  const after = now(finding, readings);
  return {
    place: nameOf(finding),
    before: before || 'in trouble',
    after: earlier === undefined ? after : `${after}; before the trouble ${earlier}`,
  };
}

function membersBefore({ total, down }: Finding): string {
  return total === undefined ? '' : `${Math.max(0, total - down.length)} of ${total} members healthy`;
}

function now({ pool, setting }: Finding, { backendHealth, traffic, stream }: Readings): string {
  if (pool === undefined) return 'nothing found any more';
  const targets = (backendHealth?.targets ?? []).filter(
    (target) => sameName(target.pool, pool) && (setting === undefined || sameName(target.setting, setting)),
  );
  const members = targets.flatMap((target) => target.members);
  if (members.length > 0) {
    const healthy = members.filter((member) => member.health === 'healthy').length;
    return `${healthy} of ${members.length} members healthy`;
  }
  if (backendHealth) return 'not in the configuration any more';
  const requests = requestsIn(traffic?.groups ?? []) + requestsIn(stream?.groups ?? []);
  return requests > 0 ? 'requests succeed' : 'not read';
}
