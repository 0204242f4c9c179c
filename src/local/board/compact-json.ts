/** A line that is shorter holds a whole value. */
const LINE = 92;
/** Deeper than anything that Azure sends. */
const DEEPEST = 40;

/** JSON for reading: what fits into a line stands in one. */
export function compactJson(value: unknown, indent = ''): string {
  const line = JSON.stringify(value) ?? 'null';
  const isWhole = typeof value === 'object' && value !== null;
  if (!isWhole || line.length + indent.length <= LINE || indent.length > DEEPEST * 2) return line;
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => compactJson(item, inner))
    : Object.entries(value)
        .filter(([, part]) => part !== undefined)
        .map(([key, part]) => `${JSON.stringify(key)}: ${compactJson(part, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${parts.map((part) => `${inner}${part}`).join(',\n')}\n${indent}${close}`;
}
