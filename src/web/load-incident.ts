import type { Report } from '../app/investigate.ts';
import type { Evidence, EvidenceSummary, Snapshot } from '../core/evidence.ts';
import type { Incident } from '../core/incident.ts';
import type { Notification } from '../core/notification.ts';
import type { Readings } from '../core/readings.ts';
import { isNamed } from '../core/verdict.ts';
import { readSnapshot } from '../evidence/read-snapshot.ts';
import { fileOf } from '../evidence/snapshot-files.ts';
import type { WebPorts } from './ports.ts';

/** An incident with everything that was kept of it and that its page shows. */
export interface LoadedIncident {
  readonly incident: Incident;
  /** The names of all its readings, the oldest first. */
  readonly readings: readonly string[];
  /** The reading that the page is about; absent where nothing was read yet, or it is gone. */
  readonly shown?: LoadedReading;
  /** The newest one, where another is shown. */
  readonly newest?: LoadedReading;
  /** What people were told last, and last with a cause. */
  readonly told?: Notification;
  readonly toldCause?: Notification;
}

export interface LoadedReading {
  readonly name: string;
  readonly report: Report;
  readonly manifest: Manifest;
  readonly readings: Readings;
}

/** `snapshot.json`: what was asked, and what came of it. */
export interface Manifest {
  readonly gatewayId?: string;
  readonly takenAt?: string;
  readonly evidence: readonly EvidenceSummary[];
}

/** What the plot and the map are drawn from; other bodies are not needed for a page. */
const NEEDED = ['gateway', 'backend-health', 'metrics', 'access-log', 'resource-health', 'activity-log'];

/** A message is looked for that names a cause; more than this are not looked through. */
const MOST_MESSAGES = 12;

/** Undefined where there is no such incident. `wanted` is the name of one of its readings. */
export async function loadIncident(
  ports: WebPorts,
  incidentId: string,
  wanted?: string,
): Promise<LoadedIncident | undefined> {
  const incident = await ports.incidents.get(incidentId);
  if (!incident) return undefined;
  const [names, messages] = await Promise.all([ports.snapshots.readings(incident.id), loadMessages(ports, incident)]);
  const told = messages[0];
  // The last message tells of the cause again, and its reading finds nothing any more.
  const toldCause = messages.find(({ kind, causes }) => kind !== 'resolved' && causes.length > 0);
  const newestName = incident.snapshot?.split('/')[1];
  const chosen = wanted !== undefined && names.includes(wanted) ? wanted : choose(names, toldCause, newestName);
  const shown = chosen === undefined ? undefined : await loadReading(ports, incident.id, chosen);
  const isOther = newestName !== undefined && newestName !== chosen;
  const newest = isOther ? await loadReading(ports, incident.id, newestName) : undefined;
  const better = wanted === undefined && shown && newest ? pick(shown, newest) : shown;
  return {
    incident,
    readings: names,
    ...(better ? { shown: better } : {}),
    ...(newest && newest !== better ? { newest } : {}),
    ...(told ? { told } : {}),
    ...(toldCause ? { toldCause } : {}),
  };
}

/** The newest first. */
async function loadMessages({ snapshots }: WebPorts, { id, revision }: Incident): Promise<readonly Notification[]> {
  const revisions = Array.from({ length: Math.min(MOST_MESSAGES, revision) }, (_, index) => revision - index);
  const loaded = await Promise.all(revisions.map((each) => snapshots.loadDocument(`${id}/notification-${each}.json`)));
  return (loaded as readonly (Notification | undefined)[]).filter((message) => message !== undefined);
}

/**
 * A look after the recovery, or a short one in between, knows less than the one that people were told of: that one is shown,
 * which is the last to have begun before the message was worded.
 */
function choose(
  names: readonly string[],
  toldCause: Notification | undefined,
  newest: string | undefined,
): string | undefined {
  if (toldCause === undefined) return newest;
  const at = toldCause.at.replace(/[-:.]/g, '');
  return names.findLast((name) => name <= at) ?? newest;
}

/** The newest reading is shown after all where it knows as much. */
function pick(told: LoadedReading, newest: LoadedReading): LoadedReading {
  const [best, now] = [told, newest].map(({ report }) => report.verdicts.find(isNamed));
  if (!best) return newest;
  return now && now.cause === best.cause && (now.verdict === best.verdict || now.verdict === 'confirmed')
    ? newest
    : told;
}

export async function loadReading(
  { snapshots, evidenceKinds }: WebPorts,
  incidentId: string,
  name: string,
): Promise<LoadedReading | undefined> {
  const folder = `${incidentId}/${name}`;
  const [report, manifest] = await Promise.all([
    snapshots.loadDocument(`${folder}/diagnosis.json`) as Promise<Report | undefined>,
    loadManifest(snapshots, folder),
  ]);
  if (!report || !manifest) return undefined;
  const wanted = manifest.evidence.filter(({ name: evidence }) => NEEDED.includes(evidence));
  const evidence = await Promise.all(wanted.map((entry) => loadEvidence(snapshots, folder, entry)));
  const snapshot: Snapshot = { ...manifest, evidence };
  return { name, report, manifest, readings: readSnapshot(snapshot, evidenceKinds) };
}

export async function loadManifest(snapshots: WebPorts['snapshots'], folder: string): Promise<Manifest | undefined> {
  const document = (await snapshots.loadDocument(`${folder}/snapshot.json`)) as Manifest | undefined;
  return Array.isArray(document?.evidence) ? document : undefined;
}

/** A body that is gone is not read, whatever the manifest says. */
export async function loadEvidence(
  snapshots: WebPorts['snapshots'],
  folder: string,
  entry: EvidenceSummary,
): Promise<Evidence> {
  if (entry.state !== 'ok' && entry.state !== 'empty') return entry;
  const raw = await snapshots.loadDocument(`${folder}/${fileOf(entry)}.json`);
  return raw === undefined
    ? { ...entry, state: 'failed', reason: 'What was read is not there any more.' }
    : { ...entry, raw };
}
