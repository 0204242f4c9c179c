/**
 * Whether a status is among codes such as `200-399`, `401`, `200-399,401`; undefined where they are not legible, which is
 * not the same as not accepted.
 */
export function isAccepted(codes: readonly string[], status: number): boolean | undefined {
  const ranges = codes
    .flatMap((code) => code.split(','))
    .map((code) => /^\s*(\d{3})(?:\s*-\s*(\d{3}))?\s*$/.exec(code));
  if (ranges.length === 0 || ranges.includes(null)) return undefined;
  return ranges.some((range) => status >= Number(range?.[1]) && status <= Number(range?.[2] ?? range?.[1]));
}
