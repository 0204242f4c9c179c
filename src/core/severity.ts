/** How bad it is, worst first: the words that every sink knows. */
export const SEVERITIES = ['critical', 'error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
}

export function worseOf(left: Severity, right: Severity): Severity {
  return isAtLeast(left, right) ? left : right;
}
