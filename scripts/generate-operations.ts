import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOG_EVENTS } from '../src/app/log-events.ts';
import { COUNTERS, HISTOGRAMS, SPANS } from '../src/platform/telemetry.ts';

/**
 * Writes the tables of docs/operations.md from the lists in the code: `npm run operations-docs`. A test compares what is
 * written with what the code says.
 */
const FILE = join(import.meta.dirname, '../docs/operations.md');

const TABLES: Readonly<Record<string, () => string>> = {
  events: () =>
    table(
      ['event', 'level', 'what it says'],
      Object.entries(LOG_EVENTS).map(([name, { level, meaning }]) => [`\`${name}\``, level, meaning]),
    ),
  metrics: () =>
    table(
      ['metric', 'kind', 'what it says'],
      [
        ...Object.entries(COUNTERS).map(([name, meaning]) => [`\`${name}\``, 'counter', meaning]),
        ...Object.entries(HISTOGRAMS).map(([name, meaning]) => [`\`${name}\``, 'histogram, s', meaning]),
      ],
    ),
  spans: () =>
    table(
      ['span', 'what it is'],
      Object.entries(SPANS).map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
};

/** The page with its tables as the code has them. */
export function operationsPage(text: string): string {
  let page = text;
  for (const [name, write] of Object.entries(TABLES)) {
    const [begin, end] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`];
    const [before, rest] = page.split(begin);
    const [, after] = rest?.split(end) ?? [];
    if (before === undefined || after === undefined) throw new Error(`docs/operations.md has no place for "${name}".`);
    page = `${before}${begin}\n${write()}\n${end}${after}`;
  }
  return page;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

if (import.meta.main) writeFileSync(FILE, operationsPage(readFileSync(FILE, 'utf8')));
