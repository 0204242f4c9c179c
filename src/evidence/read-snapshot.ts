import { type Evidence, type EvidenceSummary, type Snapshot, summarise } from '../core/evidence.ts';
import type { Reading, Readings } from '../core/readings.ts';
import type { EvidenceKind, ReadResult } from './evidence-kind.ts';
import { present } from './json.ts';
import { countGateways, gatewayMeant, keepGateway } from './one-gateway.ts';

/**
 * Reads a snapshot with the kinds that are known. Total: an evidence that cannot be read is `failed` with its reason,
 * a name that no kind knows is kept as it is, and the summaries hold every name once, in the snapshot's order.
 *
 * A log can hold several gateways' records, and a folder files of two gateways. Only the gateway in question is read:
 * the snapshot's own, or the one that backend health (before the configuration) names.
 */
export function readSnapshot(snapshot: Snapshot, kinds: readonly EvidenceKind[]): Readings {
  const byName = Map.groupBy(snapshot.evidence, (item) => item.name);
  const gatewayId = snapshot.gatewayId ?? gatewayMeant(snapshot.evidence);
  const evidence: EvidenceSummary[] = [];
  let reading: Reading = {};
  for (const [name, items] of byName) {
    const kind = kinds.find((candidate) => candidate.name === name);
    const result = kind && readItems(kind, items, gatewayId);
    evidence.push(summary(items, result));
    reading = { ...reading, ...result?.reading };
  }
  return present<Readings>({ gatewayId: snapshot.gatewayId, takenAt: snapshot.takenAt, evidence, ...reading });
}

/** Reads the bodies of one name together; undefined where there is none to read. */
function readItems(kind: EvidenceKind, items: readonly Evidence[], gatewayId?: string): ReadResult | undefined {
  const documents = items
    .filter((item) => (item.state === 'ok' || item.state === 'empty') && item.raw !== undefined)
    .map((item) => item.raw);
  if (documents.length === 0) return undefined;
  try {
    const count = gatewayId === undefined ? countGateways(documents) : 1;
    if (count > 1) return { state: 'failed', reason: `this is of ${count} gateways; give one at a time`, reading: {} };
    const kept = keepGateway(documents, gatewayId);
    if (kept.length === 0) return { state: 'failed', reason: 'this was read from another gateway', reading: {} };
    return kind.read(kept);
  } catch {
    // Reachable only through a defect in a reader. One broken reader must not cost the other readings.
    return {
      state: 'failed',
      reason: 'this answer could not be read; please report it with the snapshot',
      reading: {},
    };
  }
}

/** One summary for all items of a name: the reader's word where something was read, else the worst of the items. */
function summary(items: readonly Evidence[], result: ReadResult | undefined): EvidenceSummary {
  const chosen = items.find((item) => item.state === (result ? 'ok' : 'failed')) ?? items[0];
  if (!chosen) return { name: '', state: 'skipped' };
  const takenAt = items
    .flatMap((item) => item.takenAt ?? [])
    .toSorted()
    .at(-1);
  const failed = result ? items.filter((item) => item.state === 'failed') : [];
  const reasons = [
    result ? result.reason : undefined,
    chosen.reason,
    ...failed.slice(0, 1).map((item) => item.reason),
  ].filter((reason) => reason !== undefined);
  return present<EvidenceSummary>({
    ...summarise(chosen),
    takenAt,
    state: result?.state ?? chosen.state,
    reason: reasons.length === 0 ? undefined : [...new Set(reasons)].join('; '),
  });
}
