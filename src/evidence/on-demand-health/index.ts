import type { OnDemandTest } from '../../core/on-demand-health.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { fieldsOf, textOf } from '../json.ts';
import { bodyShape, readBare, readTest } from './read-test.ts';

/** What names our own document, since the service's answers do not say what was asked. */
export const ON_DEMAND_SCHEMA = 'appgw-triage/on-demand-health@1';

/** Backend health asked again by hand, with a probe that differs from the configured one in one thing. */
export const onDemandHealth = {
  name: 'on-demand-health',
  title: 'Backend health on demand',
  recognise: (document) => isOurs(document) || bodyShape(document) === 'whole',
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** More than anybody asks for by hand; what is beyond it is not read. */
const MAX_TESTS = 200;

function isOurs(document: unknown): boolean {
  return textOf(fieldsOf(document).get('schema')) === ON_DEMAND_SCHEMA;
}

/** Our own document holds several tests and says what each changed; the service's bare answer is one test of unknown kind. */
function read(documents: readonly unknown[]): ReadResult {
  const tests = documents
    .filter((document) => onDemandHealth.recognise(document))
    .flatMap((document): readonly OnDemandTest[] => (isOurs(document) ? testsIn(document) : [readBare(document)]));
  const [first] = tests;
  if (first === undefined) {
    return { state: 'failed', reason: 'the answer does not have the shape of backend health on demand', reading: {} };
  }
  const failed = tests.filter(({ error }) => error !== undefined);
  const unknown = tests.filter(({ error, changed }) => error === undefined && changed === undefined);
  const reasons = [...whyFailed(tests, failed), ...whyUnknown(tests, unknown)];
  const reason = reasons.length === 0 ? {} : { reason: reasons.join('; ') };
  if (failed.length === tests.length) return { state: 'failed', ...reason, reading: {} };
  return { state: 'ok', ...reason, reading: { onDemand: { tests } } };
}

function testsIn(document: unknown): readonly OnDemandTest[] {
  const tests = fieldsOf(document).get('tests');
  return Array.isArray(tests) ? tests.slice(0, MAX_TESTS).map(readTest) : [];
}

function whyFailed(tests: readonly OnDemandTest[], failed: readonly OnDemandTest[]): readonly string[] {
  if (failed.length === 0) return [];
  const errors = [...new Set(failed.flatMap(({ error }) => error ?? []))].slice(0, 2);
  return [`${failed.length} of ${tests.length} tests were not answered: ${errors.join('; ')}`];
}

function whyUnknown(tests: readonly OnDemandTest[], unknown: readonly OnDemandTest[]): readonly string[] {
  if (unknown.length === 0) return [];
  return [`what ${unknown.length} of ${tests.length} tests changed in the probe is not part of the answer`];
}
