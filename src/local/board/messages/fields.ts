/** What reached a receiver is text from outside, so every part of it is looked at before it is used. */

export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function list(value: unknown, most = 60): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, most) : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The address where it is one that a browser may follow. */
export function httpUrl(value: string): string | undefined {
  const url = URL.parse(value);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined;
}
