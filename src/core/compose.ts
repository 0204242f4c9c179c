import { healthyBefore, seenChange } from './baseline-before.ts';
import { nearestChange } from './changes.ts';
import { describeGateway, knownToPagerDuty } from './compose-page.ts';
import { type Diagnosis, nextRead } from './diagnose.ts';
import { firstFailure } from './first-failure.ts';
import { impactOf } from './impact.ts';
import type { Incident } from './incident.ts';
import type { AffectedTarget, Notification, NotifiedCause, NotifiedChange } from './notification.ts';
import { pastCauses, pastHeadline } from './past-causes.ts';
import type { Readings } from './readings.ts';
import { recoveryOf } from './recovery.ts';
import { parseGatewayId } from './resource-id.ts';
import type { Rule } from './rule.ts';
import { isNamed, type Verdict } from './verdict.ts';

export interface Wording {
  readonly kind: Notification['kind'];
  /** Why this message is sent, in a sentence. */
  readonly note?: string;
  readonly revision: number;
  readonly severity: Notification['severity'];
  /** What fired, a line each. */
  readonly fired: readonly string[];
  /** ISO 8601. */
  readonly at: string;
  /** The portal's address: `https://portal.azure.com`, another one in a sovereign cloud. */
  readonly portalUrl: string;
}

/** Everything that people are told about an incident, before any service's own format. Pure. */
export function compose(
  incident: Incident,
  diagnosis: Diagnosis,
  readings: Readings,
  rules: readonly Rule[],
  wording: Wording,
): Notification {
  const isOver = wording.kind === 'resolved';
  const causes = isOver
    ? pastCauses(incident, rules)
    : diagnosis.verdicts.filter(isNamed).map((verdict) => toCause(verdict, rules));
  return {
    incidentId: incident.id,
    revision: wording.revision,
    kind: wording.kind,
    severity: wording.severity,
    ...knownToPagerDuty(incident),
    ...(wording.note === undefined ? {} : { note: wording.note }),
    ...(isOver ? { recovery: recoveryOf(incident, readings, wording.at) } : {}),
    gateway: describeGateway(incident.gatewayId, wording.portalUrl),
    headline: isOver ? pastHeadline(causes) : diagnosis.headline,
    fired: wording.fired,
    causes,
    alternatives: isOver ? [] : alternativesOf(diagnosis.verdicts, rules),
    affected: affectedIn(readings, incident),
    impact: impactOf(readings).sentence,
    ...changeBefore(readings, wording.kind, incident),
    unreadable: diagnosis.evidence
      .filter((item) => item.state === 'failed')
      .map((item) => ({ evidence: item.name, reason: item.reason ?? 'no reason was given' })),
    ...(isOver ? {} : { nextRead: nextRead(diagnosis.verdicts) }),
    openedAt: incident.openedAt,
    at: wording.at,
  };
}

/** Only while there is a failure to look for the change before. */
function changeBefore(
  readings: Readings,
  kind: Notification['kind'],
  incident: Incident,
): { readonly nearestChange?: NotifiedChange } {
  if (kind === 'resolved' || kind === 'test') return {};
  const found = nearestChange(readings);
  const seen = seenBetweenReadings(readings, incident);
  const isNearer = found.outcome === 'named' && (!seen || Date.parse(found.change.at) >= Date.parse(seen.after));
  if (found.outcome === 'none' || !isNearer) return seen ? { nearestChange: seen.change } : {};
  const { at, what, by, property, before, after, minutesBefore, sentence } = found.change;
  return {
    nearestChange: {
      ...{ at, what, minutesBefore, sentence },
      ...(by === undefined ? {} : { by }),
      ...(property === undefined ? {} : { property }),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    },
  };
}

/** What the regular readings saw of a change, and the reading that it came after. */
function seenBetweenReadings(
  readings: Readings,
  { before, gatewayId, openedAt }: Incident,
): { readonly change: NotifiedChange; readonly after: string } | undefined {
  const failure = firstFailure(readings) ?? { at: openedAt, latest: openedAt };
  const change = seenChange(before, parseGatewayId(gatewayId)?.name ?? gatewayId, failure);
  const after = before?.config?.change?.after;
  return change && after !== undefined ? { change, after } : undefined;
}

function toCause(verdict: Verdict, rules: readonly Rule[]): NotifiedCause {
  const rule = rules.find((candidate) => candidate.id === verdict.cause);
  return {
    cause: verdict.cause,
    title: rule?.title ?? verdict.cause,
    verdict: verdict.verdict,
    scope: verdict.scope,
    because: verdict.because,
    fix: verdict.fix,
    doNot: rule?.doNot ?? [],
  };
}

/** What still stands beside the named causes: one entry a cause, with the reads that would settle it. */
function alternativesOf(verdicts: readonly Verdict[], rules: readonly Rule[]): Notification['alternatives'] {
  const named = new Set(verdicts.filter(isNamed).map((verdict) => verdict.cause));
  const open = verdicts.filter((verdict) => verdict.verdict === 'possible' && !named.has(verdict.cause));
  const firstOfEach = open.filter(
    (verdict, index) => open.findIndex((other) => other.cause === verdict.cause) === index,
  );
  return firstOfEach.map(({ cause, verdict, missing }) => ({
    cause,
    title: rules.find((rule) => rule.id === cause)?.title ?? cause,
    verdict,
    missing,
  }));
}

function affectedIn({ backendHealth }: Readings, incident: Incident): readonly AffectedTarget[] {
  return (backendHealth?.targets ?? []).flatMap(({ pool, setting, members }) => {
    const unhealthy = members.filter((member) => member.health !== 'healthy').map((member) => member.address);
    if (unhealthy.length === 0 && members.length > 0) return [];
    const before = healthyBefore(incident.before, { pool, setting });
    return [{ pool, setting, unhealthy, total: members.length, ...(before === undefined ? {} : { before }) }];
  });
}
