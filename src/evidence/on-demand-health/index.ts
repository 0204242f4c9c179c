import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { fieldsOf, isObject, listOf, textOf } from '../json.ts';

/** What names our own document, since the service's answers do not say what was asked. */
export const ON_DEMAND_SCHEMA = 'appgw-triage/on-demand-health@1';

/** Backend health asked again by hand, with a probe that differs from the configured one in one thing. */
export const onDemandHealth = {
  name: 'on-demand-health',
  title: 'Backend health on demand',
  recognise: (document) => fieldsOf(document).get('schema') === ON_DEMAND_SCHEMA,
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

function read(documents: readonly unknown[]): ReadResult {
  const tests = documents
    .filter((document) => onDemandHealth.recognise(document))
    .flatMap((document) => listOf(fieldsOf(document).get('tests')))
    .map(fieldsOf);
  if (tests.length === 0) {
    return { state: 'failed', reason: 'the answer does not have the shape of backend health on demand', reading: {} };
  }
  const failed = tests.filter((test) => !isObject(test.get('body')));
  const reasons = [...new Set(failed.flatMap((test) => textOf(test.get('error')) ?? []))].slice(0, 2);
  const reason =
    failed.length === 0
      ? undefined
      : `${failed.length} of ${tests.length} tests were not answered: ${reasons.join('; ')}`;
  if (failed.length === tests.length) return { state: 'failed', reason: reason ?? 'no test was answered', reading: {} };
  return { state: 'ok', ...(reason === undefined ? {} : { reason }), reading: {} };
}
