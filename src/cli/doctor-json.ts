import type { Report } from '../doctor/examine.ts';
import { DOCTOR_SCHEMA } from '../doctor/examine.ts';

/** The report as its public JSON: these keys in this order and no others. */
export function doctorJson({ state, counts, groups }: Report): unknown {
  return {
    schema: DOCTOR_SCHEMA,
    state,
    counts: { fail: counts.fail, warn: counts.warn, unknown: counts.unknown, ok: counts.ok },
    groups: groups.map(({ gateway, findings }) => ({
      gateway,
      findings: findings.map(({ check, state: own, says, mend }) => ({
        check,
        state: own,
        says,
        mend: mend && { text: mend.text, command: mend.command },
      })),
    })),
  };
}
