import { lastSegment } from '../../core/resource-id.ts';
import { fieldsOf, listOf, textOf } from '../json.ts';

/** The name that a reference `{"id": ".../probes/p"}` points at; undefined where there is no reference. */
export function referredName(reference: unknown): string | undefined {
  const id = textOf(fieldsOf(reference).get('id'));
  return id === undefined ? undefined : textOf(lastSegment(id));
}

export function namesReferredTo(references: unknown): readonly string[] {
  return listOf(references).flatMap((reference) => referredName(reference) ?? []);
}
