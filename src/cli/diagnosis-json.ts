import type { ChangeFinding, NearestChange } from '../core/changes.ts';
import type { Diagnosis } from '../core/diagnose.ts';
import type { EvidenceSummary } from '../core/evidence.ts';
import type { Scope, Verdict } from '../core/verdict.ts';

export const DIAGNOSIS_SCHEMA = 'appgw-triage/diagnosis@1';

/**
 * The diagnosis as its public JSON: these keys in this order and no others, whatever the values hold besides. `change` is
 * there only where one is named; it is a correlation, and no verdict rests on it.
 */
export function diagnosisJson(
  { established, headline, verdicts, evidence }: Diagnosis,
  change?: ChangeFinding,
): unknown {
  return {
    schema: DIAGNOSIS_SCHEMA,
    established,
    headline,
    verdicts: verdicts.map(verdictJson),
    evidence: evidence.map(evidenceJson),
    ...(change?.outcome === 'named' ? { change: changeJson(change.change) } : {}),
  };
}

function verdictJson({ cause, verdict, scope, because, missing, fix }: Verdict): unknown {
  return {
    cause,
    verdict,
    scope: scopeJson(scope),
    because: because.map(({ evidence, quote }) => ({ evidence, quote })),
    missing: missing.map(({ read, command }) => ({ read, command })),
    fix: fix.map(({ text, command, undo }) => ({ text, command, undo })),
  };
}

function changeJson(change: NearestChange): unknown {
  const { at, what, by, property, before, after, minutesBefore, sentence, evidence, failure } = change;
  const firstFailure = { at: failure.at, evidence: failure.evidence };
  return { at, what, by, property, before, after, minutesBefore, firstFailure, evidence, says: sentence };
}

function scopeJson({ gateway, pool, setting, members }: Scope): unknown {
  return { gateway, pool, setting, members };
}

function evidenceJson({ name, state, takenAt, reason }: EvidenceSummary): unknown {
  return { name, state, takenAt, reason };
}

/** What `JSON.stringify` leaves as it is, but a terminal acts on or hides: C1 controls, bidirectional controls, tags. */
const UNSAFE_IN_TERMINALS = /[\u007f-\u009f\p{Cf}]/gu;

/**
 * The JSON text, indented by two spaces. Characters that would act on a terminal are written as escapes, which every
 * JSON parser reads back as the same text. Absent values have no key.
 */
export function printJson(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2).replace(UNSAFE_IN_TERMINALS, escapeUnits);
  return `${text}\n`;
}

function escapeUnits(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
