import type { ResourceHealth } from '../../core/resource-health.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { type Fields, fieldsOf, first, flatFieldsOf, present, textOf } from '../json.ts';
import { isOtherResource } from '../one-gateway.ts';
import { isoOf, timeOf } from '../time.ts';

/** What Azure says of the gateway as a resource: whether the platform itself is in trouble. */
export const resourceHealth = {
  name: 'resource-health',
  title: 'Resource Health',
  isFirst: true,
  recognise: (document) => statusIn(document) !== undefined,
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** The current status in a document: itself, or the newest of a list, which the service puts first. */
function statusIn(document: unknown): Fields | undefined {
  const value = Array.isArray(document) ? document : fieldsOf(document).get('value');
  const items = Array.isArray(value) ? value.slice(0, MAX_LISTED) : [document];
  const statuses = items
    .map(flatFieldsOf)
    .filter((fields) => textOf(fields.get('availabilitystate')) !== undefined && !isOtherResource(fields.get('id')));
  return statuses.find((fields) => textOf(fields.get('name')) === 'current') ?? statuses[0];
}

/** A list that is longer holds something else: log records by the thousand, for one. */
const MAX_LISTED = 1_000;

function read(documents: readonly unknown[]): ReadResult {
  const status = documents.map(statusIn).find((fields) => fields !== undefined);
  const state = textOf(status?.get('availabilitystate'));
  if (!status || state === undefined)
    return { state: 'failed', reason: 'the answer does not have the shape of Resource Health', reading: {} };
  // The service spells the field `occuredTime`; later versions may spell it right.
  const occurredAt = timeOf(first(status, 'occuredtime', 'occurredtime'));
  const health = present<ResourceHealth>({
    state,
    reasonType: textOf(status.get('reasontype')),
    summary: textOf(status.get('summary')),
    detailedStatus: textOf(status.get('detailedstatus')),
    occurredAt: occurredAt === undefined ? undefined : isoOf(occurredAt),
  });
  return { state: 'ok', reading: { resourceHealth: health } };
}
