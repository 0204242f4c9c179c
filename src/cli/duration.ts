import { CliError } from './command.ts';

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `30s`, `10m`, `2h` or `1d` in milliseconds. Throws a `CliError` that says what the option takes. */
export function durationFrom(
  option: string,
  text: string,
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * UNITS_MS[(unit ?? 's') as keyof typeof UNITS_MS];
  if (number !== undefined && ms >= minMs && ms <= maxMs) return ms;
  throw new CliError(`${option} takes a time such as 30s, 10m or 2h, from ${spelled(minMs)} to ${spelled(maxMs)}`);
}

function spelled(ms: number): string {
  for (const [unit, unitMs] of Object.entries(UNITS_MS).toReversed())
    if (ms >= unitMs && ms % unitMs === 0) return `${ms / unitMs}${unit}`;
  return `${ms / 1_000}s`;
}
