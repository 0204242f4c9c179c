import type { z } from '@hono/zod-openapi';
import type { Incident } from '../../core/incident.ts';
import type { Silence } from '../../core/silence.ts';
import { describeFired } from '../../signals/describe.ts';
import { type Selection, summaryOf } from '../list/select.ts';
import type { LoadedReading } from '../load-incident.ts';
import type { NewestIncidents } from '../ports.ts';
import type { DiagnosisDocument, IncidentDetail, IncidentList, SilenceSchema, SnapshotManifest } from './schemas.ts';

/** From what is stored to what the API says: field by field, so that nothing is published that nobody decided to. */

export function listDocument(
  { page, total, offset, families }: Selection,
  { incidents, known }: NewestIncidents,
): z.infer<typeof IncidentList> {
  return {
    incidents: page.map((incident) => ({ ...incident, causes: [...incident.causes] })),
    total,
    offset,
    searched: incidents.length,
    known,
    families: families.map(({ cause, incidents: all }) => ({ cause, incidents: all.map(({ id }) => id) })),
  };
}

export function incidentDocument(incident: Incident, readings: readonly string[]): z.infer<typeof IncidentDetail> {
  const { causes, ...summary } = summaryOf(incident);
  const { investigations, revision, findings, timeline, signals } = incident;
  return {
    ...summary,
    causes: [...causes],
    investigations,
    revision,
    fired: describeFired(signals),
    findings: findings.map(({ pool, setting, causes: found, down, total, firstAt, lastAt, endedAt }) =>
      present({
        ...{ pool, setting, total, firstAt, lastAt, endedAt },
        causes: found.map(({ cause, verdict }) => ({ cause, verdict })),
        down: [...down],
      }),
    ),
    timeline: timeline.map(({ at, event, reason }) => ({ at, event, reason })),
    readings: [...readings],
  };
}

export function diagnosisDocument(
  incidentId: string,
  { name, report }: LoadedReading,
): z.infer<typeof DiagnosisDocument> {
  const { established, headline, verdicts, evidence, impact, change, rounds, ended } = report;
  return {
    schema: 'appgw-triage/diagnosis@1',
    incidentId,
    reading: name,
    established,
    headline,
    verdicts: verdicts.map(({ cause, verdict, scope, because, missing, fix }) => ({
      cause,
      verdict,
      scope: present({
        gateway: scope.gateway,
        pool: scope.pool,
        setting: scope.setting,
        members: scope.members === undefined ? undefined : [...scope.members],
      }),
      because: because.map(({ evidence: from, quote, says }) => ({ evidence: from, quote, says })),
      missing: missing.map((each) => present({ read: each.read, evidence: each.evidence, command: each.command })),
      fix: fix.map(({ text, command, undo }) => present({ text, command, undo })),
    })),
    evidence: evidence.map(evidenceDocument),
    impact,
    ...(change?.outcome === 'named' ? { change: changeDocument(change.change) } : {}),
    rounds: rounds.map(({ number, asked, changed }) => ({
      number,
      asked: asked.map(({ evidence: wanted, causes }) => ({ evidence: wanted, causes: [...causes] })),
      changed: [...changed],
    })),
    ended,
  };
}

type NamedChange = Extract<LoadedReading['report']['change'], { outcome: 'named' }>['change'];

function changeDocument(change: NamedChange): NonNullable<z.infer<typeof DiagnosisDocument>['change']> {
  const { at, what, by, property, before, after, minutesBefore, sentence } = change;
  return present({ at, what, by, property, before, after, minutesBefore, sentence });
}

export function snapshotDocument(
  incidentId: string,
  { name, manifest }: LoadedReading,
): z.infer<typeof SnapshotManifest> {
  const { gatewayId, takenAt, evidence } = manifest;
  return present({
    schema: 'appgw-triage/snapshot@1' as const,
    incidentId,
    reading: name,
    gatewayId,
    takenAt,
    evidence: evidence.map(evidenceDocument),
  });
}

export function evidenceDocument(entry: LoadedReading['manifest']['evidence'][number]) {
  const { name, part, state, asked, takenAt, tookMs, reason } = entry;
  return present({ name, part, state, asked, takenAt, tookMs, reason });
}

export function silenceDocument(silence: Silence): z.infer<typeof SilenceSchema> {
  const { id, gateway, pool, cause, from, until, author, reason } = silence;
  return present({ id, gateway, pool, cause, from, until, author, reason });
}

/** The object without the fields that are undefined. */
function present<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}
