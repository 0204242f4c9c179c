import type { ProbeObservation } from '../../core/prober.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { fieldsOf, isObject, present, textOf } from '../json.ts';
import { readObservation } from './observation.ts';

/** The format of the prober's own file. */
export const PROBE_RESULTS_SCHEMA = 'appgw-triage/probe-results@1';

/** What the prober met in the virtual network. */
export const probeResults = {
  name: 'probe-results',
  title: 'Probes from the virtual network',
  recognise: isResults,
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

const MAX_OBSERVATIONS = 2_000;

function isResults(document: unknown): boolean {
  const fields = fieldsOf(document);
  return textOf(fields.get('schema')) === PROBE_RESULTS_SCHEMA && Array.isArray(fields.get('observations'));
}

/** Where one member was asked several times through one backend setting, the later observation stands. */
function read(documents: readonly unknown[]): ReadResult {
  const results = documents.filter(isResults);
  if (results.length === 0)
    return { state: 'failed', reason: 'the answer does not have the shape of probe results', reading: {} };
  const byMember = new Map<string, ProbeObservation>();
  let unread = 0;
  for (const item of results.flatMap(observationsIn)) {
    const observation = isObject(item) ? readObservation(fieldsOf(item)) : undefined;
    if (observation) byMember.set(keyOf(observation), observation);
    else unread += 1;
  }
  const observations = [...byMember.values()];
  const reason = unread === 0 ? undefined : `${unread} observations could not be read`;
  if (observations.length > 0)
    return present<ReadResult>({ state: 'ok', reason, reading: { probeResults: { observations } } });
  if (reason !== undefined) return { state: 'failed', reason, reading: {} };
  return { state: 'empty', reason: 'the prober asked no member', reading: { probeResults: { observations } } };
}

function observationsIn(document: unknown): readonly unknown[] {
  const observations = fieldsOf(document).get('observations');
  return Array.isArray(observations) ? observations.slice(0, MAX_OBSERVATIONS) : [];
}

function keyOf({ member, pool, setting }: ProbeObservation): string {
  return JSON.stringify([member, pool, setting]).toLowerCase();
}
