import type { Evidence, EvidenceState, EvidenceSummary, Snapshot } from '../core/evidence.ts';
import { parseGatewayId } from '../core/resource-id.ts';
import { fieldsOf, listOf, numberOf, present, textOf } from '../evidence/json.ts';
import { SNAPSHOT_SCHEMA } from '../evidence/snapshot-files.ts';

/**
 * The list of a snapshot: what was asked and what came of it. The bodies lie beside it, one file each; the list keeps
 * what has no body, above all the evidence that failed and why.
 */
export interface Manifest {
  readonly gatewayId?: string;
  readonly takenAt?: string;
  readonly evidence: readonly EvidenceSummary[];
}

export const MANIFEST_FILE = 'snapshot.json';

/** No snapshot asks for this many things; a longer list is cut. */
const MAX_ENTRIES = 1_000;

/** Reads a list; undefined where the document is none. Entries without a name or a known state are dropped. */
export function readManifest(document: unknown): Manifest | undefined {
  const fields = fieldsOf(document);
  if (fields.get('schema') !== SNAPSHOT_SCHEMA) return undefined;
  return present({
    // An id that names no gateway would hide the one that the bodies name.
    gatewayId: parseGatewayId(textOf(fields.get('gatewayid')) ?? '')?.id,
    takenAt: timeOf(fields.get('takenat')),
    evidence: listOf(fields.get('evidence')).slice(0, MAX_ENTRIES).flatMap(readEntry),
  });
}

function readEntry(entry: unknown): readonly EvidenceSummary[] {
  const fields = fieldsOf(entry);
  const name = textOf(fields.get('name'));
  const state = stateOf(fields.get('state'));
  if (name === undefined || state === undefined) return [];
  const summary = {
    name,
    state,
    asked: textOf(fields.get('asked')),
    takenAt: timeOf(fields.get('takenat')),
    tookMs: numberOf(fields.get('tookms')),
    reason: textOf(fields.get('reason')),
  };
  return [present<EvidenceSummary>(summary)];
}

function stateOf(value: unknown): EvidenceState | undefined {
  return (['ok', 'empty', 'failed', 'skipped'] as const).find((state) => state === value);
}

/** A time that can be read, in ISO 8601 and UTC. */
function timeOf(value: unknown): string | undefined {
  const text = textOf(value);
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

/**
 * Joins the list with the bodies that were found. A body stands even where the list calls its evidence failed: somebody
 * read it later and put it there, so the list's time does not apply to it. What the list calls read but has no body is
 * failed.
 */
export function mergeManifest(manifest: Manifest, found: readonly Evidence[]): Snapshot {
  const bodies = found.map((item) => {
    const entry = manifest.evidence.find(({ name }) => name === item.name);
    const isListed = entry?.state === 'ok' || entry?.state === 'empty';
    return isListed ? { ...entry, ...item } : item;
  });
  const names = new Set(found.map(({ name }) => name));
  const bodiless = manifest.evidence.filter(({ name }) => !names.has(name)).map(withoutBody);
  return present<Snapshot>({
    gatewayId: manifest.gatewayId,
    takenAt: manifest.takenAt,
    evidence: [...bodies, ...bodiless],
  });
}

function withoutBody(entry: EvidenceSummary): Evidence {
  if (entry.state !== 'ok') return entry;
  return { ...entry, state: 'failed', reason: 'The snapshot lists it as read, but its file is missing.' };
}
