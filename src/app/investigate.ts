import { type Announcement, decideAnnouncement } from '../core/announce.ts';
import { compose } from '../core/compose.ts';
import type { Diagnosis } from '../core/diagnose.ts';
import { impactOf } from '../core/impact.ts';
import { type Incident, noted } from '../core/incident.ts';
import type { Notification } from '../core/notification.ts';
import type { Readings } from '../core/readings.ts';
import { describeSignal, severityOf } from '../signals/describe.ts';
import type { InvestigateMessage, Ports, Slot } from './ports.ts';
import { type Findings, type Round, readInRounds } from './read-in-rounds.ts';

/** What is kept of an investigation beside its snapshot, as `diagnosis.json`. */
export interface Report extends Diagnosis {
  /** One sentence on how many clients saw errors. */
  readonly impact: string;
  readonly rounds: readonly Round[];
  /** Why the reading ended. */
  readonly ended: string;
}

/**
 * The investigation: read, diagnose, decide, tell. It may be run again at any point (the queue repeats a message whose
 * handler died): what is decided is stored together with what still has to be sent, and sinks are told at most once a
 * decision.
 */
export async function investigate(ports: Ports, { incidentId }: InvestigateMessage): Promise<void> {
  const incident = await ports.incidents.get(incidentId);
  if (incident?.state !== 'open') {
    ports.log.info({ incidentId, state: incident?.state ?? 'unknown' }, 'nothing to investigate');
    return;
  }
  await flushOutbox(ports, incident);

  const findings = await readInRounds(ports, incident.gatewayId);
  const { snapshot, readings, diagnosis, rounds, ended } = findings;
  const folder = `${incident.id}/${fileTime(snapshot.takenAt ?? ports.now().toISOString())}`;
  await ports.snapshots.save(folder, snapshot);
  const report: Report = { ...diagnosis, impact: impactOf(readings).sentence, rounds, ended };
  await ports.snapshots.saveDocument(`${folder}/diagnosis.json`, report);

  await announce(ports, incident, findings, folder);
}

/** Decides what people are told, writes that down, and hands it to the delivery queue. */
async function announce(ports: Ports, incident: Incident, findings: Findings, folder: string): Promise<void> {
  const { readings, diagnosis } = findings;
  const at = ports.now().toISOString();
  const revision = incident.revision + 1;
  const path = `${folder}/notification-${revision}.json`;
  const preview = decideAnnouncement(incident, diagnosis, readings);
  if (preview.action === 'notify') {
    await ports.snapshots.saveDocument(path, word(ports, incident, readings, diagnosis, preview.kind, revision, at));
  }
  const stored = await ports.incidents.change(slotOf(incident), (current) => {
    if (current?.id !== incident.id || current.state !== 'open') return { result: undefined };
    const announcement = decideAnnouncement(current, diagnosis, readings);
    const next = conclude(current, findings, announcement, { folder, path, revision, at });
    return { incident: next, result: next };
  });
  ports.log.info(
    {
      incidentId: incident.id,
      established: diagnosis.established,
      cause: diagnosis.verdicts[0]?.cause,
      revision: stored?.revision,
    },
    'investigated',
  );
  if (stored) await flushOutbox(ports, stored);
}

/** Pure: the incident after an investigation and the decision about it. */
function conclude(
  current: Incident,
  { diagnosis, rounds }: Findings,
  announcement: Announcement,
  { folder, path, revision, at }: { folder: string; path: string; revision: number; at: string },
): Incident {
  const started: Incident = { ...current, investigations: current.investigations + 1, snapshot: folder };
  const readOn = rounds
    .slice(1)
    .reduce((incident, round) => noted(incident, at, 'read-on', describeRound(round)), started);
  const investigated = noted(readOn, at, 'investigated', diagnosis.headline);
  if (announcement.action === 'hold') {
    const held = noted(investigated, at, 'held', announcement.reason);
    return announcement.resolves ? { ...held, state: 'resolved', resolvedAt: at } : held;
  }
  // Another investigation finished first and took this revision. Its message went out; the next reading says what is new.
  if (current.revision + 1 !== revision) {
    return noted(investigated, at, 'held', 'Another investigation has just reported.');
  }
  const { kind, fingerprint, reason } = announcement;
  const announced = noted(
    {
      ...investigated,
      revision,
      lastNotified: { revision, kind, fingerprint },
      outbox: [...investigated.outbox, { revision, notification: path }],
    },
    at,
    'notified',
    reason,
  );
  const isOver = kind === 'resolved' || kind === 'test';
  return isOver ? { ...announced, state: 'resolved', resolvedAt: at } : announced;
}

/** `Round 2 read nics (for stale-pool-member). stale-pool-member: possible -> confirmed.` */
function describeRound({ number, asked, changed }: Round): string {
  const reads = asked.map(({ evidence, causes }) => `${evidence} (for ${causes.join(', ')})`).join('; ');
  return `Round ${number} read ${reads}. ${changed.length === 0 ? 'It changed nothing.' : `${changed.join('; ')}.`}`;
}

/** Queues one delivery for each sink, then takes the entries out of the outbox. Repeats are caught by the ledger. */
async function flushOutbox(ports: Ports, incident: Incident): Promise<void> {
  if (incident.outbox.length === 0) return;
  for (const { revision, notification } of incident.outbox) {
    for (const sink of ports.sinks.keys()) {
      await ports.queues.deliver({ incidentId: incident.id, revision, sink, notification });
    }
  }
  const sent = new Set(incident.outbox.map((entry) => entry.revision));
  await ports.incidents.change(slotOf(incident), (current) => {
    if (current?.id !== incident.id) return { result: undefined };
    return {
      incident: { ...current, outbox: current.outbox.filter((entry) => !sent.has(entry.revision)) },
      result: undefined,
    };
  });
}

function word(
  ports: Ports,
  incident: Incident,
  readings: Readings,
  diagnosis: Diagnosis,
  kind: Notification['kind'],
  revision: number,
  at: string,
): Notification {
  const fired = incident.signals.filter((signal) => signal.condition === 'fired');
  const severities = ['critical', 'error', 'warning', 'info'] as const;
  const severity = severities.find((level) => fired.some((signal) => severityOf(signal) === level)) ?? 'warning';
  return compose(incident, diagnosis, readings, ports.rules, {
    kind,
    revision,
    severity,
    fired: [...new Set(fired.flatMap((signal) => describeSignal(signal)))],
    at,
    portalUrl: ports.portalUrl,
  });
}

function slotOf(incident: Incident): Slot {
  return { gatewayId: incident.gatewayId, isTest: incident.isTest };
}

/** `2026-09-14T02:10:31.123Z` as `20260914T021031123Z`: sorts by time and is safe in a path. */
function fileTime(at: string): string {
  return at.replace(/[-:.]/g, '');
}
