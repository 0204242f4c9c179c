import { existsSync } from 'node:fs';
import { type Case, GATEWAY_ID } from '../src/causes/case.ts';
import { rules } from '../src/causes/index.ts';
import type { Evidence } from '../src/core/evidence.ts';
import type { Readings } from '../src/core/readings.ts';
import { evidenceKinds } from '../src/evidence/index.ts';
import { readSnapshot } from '../src/evidence/read-snapshot.ts';

const root = new URL('../src/causes/', import.meta.url);

/** The cases of one rule; none where its folder has no file of them, which its test then says. */
export async function casesOf(ruleId: string): Promise<readonly Case[]> {
  const file = new URL(`${ruleId}/cases.ts`, root);
  if (!existsSync(file)) return [];
  return ((await import(file.href)) as { cases: readonly Case[] }).cases;
}

/** Every case of every rule. */
export async function allCases(): Promise<readonly (Case & { readonly rule: string })[]> {
  const lists = await Promise.all(
    rules.map(async ({ id }) => (await casesOf(id)).map((situation) => ({ ...situation, rule: id }))),
  );
  return lists.flat();
}

export function evidenceOf(situation: Case): readonly Evidence[] {
  return [
    ...Object.entries(situation.evidence).map(([name, raw]) => ({ name, state: 'ok' as const, raw })),
    ...Object.entries(situation.failed ?? {}).map(([name, reason]) => ({ name, state: 'failed' as const, reason })),
  ];
}

export function readingsOf(evidence: readonly Evidence[]): Readings {
  return readSnapshot({ gatewayId: GATEWAY_ID, takenAt: '2026-09-14T02:30:00.000Z', evidence }, evidenceKinds);
}
