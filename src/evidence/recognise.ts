import type { Evidence } from '../core/evidence.ts';
import type { EvidenceKind } from './evidence-kind.ts';
import { isBareRecord } from './log-rows.ts';

/**
 * Names the evidence in documents whose origin is not known, by shape alone. A document can hold several kinds (a log
 * envelope with access and firewall records); what no kind recognises yields nothing. Bare log records, as a blob of
 * lines has them by the thousand, are gathered into one document first.
 */
export function recogniseDocuments(documents: readonly unknown[], kinds: readonly EvidenceKind[]): Evidence[] {
  const records = documents.filter(isBareRecord);
  const others = records.length > 0 ? documents.filter((document) => !isBareRecord(document)) : documents;
  const gathered = records.length > 0 ? [...others, records] : others;
  return kinds.flatMap((kind) =>
    gathered
      .filter((document) => kind.recognise(document))
      .map((raw): Evidence => ({ name: kind.name, state: 'ok', raw })),
  );
}
