import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { operationsPage } from '../scripts/generate-operations.ts';
import { LOG_EVENTS } from '../src/app/log-events.ts';
import { AUDIT_PROBLEMS } from '../src/core/audit.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const sources = globSync(['src/{app,platform,web}/**/*.ts', 'functions/*.ts'], { cwd: root }).filter(
  (file) => !file.endsWith('.test.ts') && !file.endsWith('log-events.ts'),
);

/** What stands in a call of the log, with the level by which it was called: `{event: 'x', ...}` may be over several lines. */
function logged(): readonly { readonly file: string; readonly level: string; readonly event: string }[] {
  return sources.flatMap((file) =>
    [...read(file).matchAll(/\b\w*[lL]og(?:\([^)]*\))?\s*\.(info|warn|error)\(\s*\{\s*event: '([^']+)'/g)].map(
      ([, level = '', event = '']) => ({ file, level, event }),
    ),
  );
}

describe('log events', () => {
  test('every one in the list is logged, at its level, and no other is', () => {
    const uses = logged();
    const listed = Object.entries(LOG_EVENTS).map(([event, { level }]) => `${event} ${level}`);
    expect([...new Set(uses.map(({ event, level }) => `${event} ${level}`))].sort()).toEqual(listed.sort());
  });

  test('every call of the log says its event first, and nothing is logged past it', () => {
    for (const file of sources) {
      const text = read(file);
      const calls = text.match(/\b\w*log(?:\([^)]*\))?\s*\.(?:info|warn|error)\(/gi) ?? [];
      const named = text.match(/\b\w*log(?:\([^)]*\))?\s*\.(?:info|warn|error)\(\s*\{\s*event: '/gi) ?? [];
      expect({ file, calls: calls.length }).toEqual({ file, calls: named.length });
      expect({ file, past: text.match(/\bconsole\.|\bcontext\.(?:log|info|warn|error|debug|trace)\(/g) }).toEqual({
        file,
        past: null,
      });
    }
    expect(sources.length).toBeGreaterThan(50);
  });

  test('a name is a subject and what became of it', () => {
    for (const [name, { meaning }] of Object.entries(LOG_EVENTS)) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/);
      expect(meaning).toMatch(/^.+\.$/);
    }
  });
});

describe('docs/operations.md', () => {
  test('lists events, spans and metrics as the code has them (npm run operations-docs writes it anew)', () => {
    expect(operationsPage(read('docs/operations.md'))).toBe(read('docs/operations.md'));
  });
});

describe('docs/runbook.md', () => {
  const runbook = read('docs/runbook.md');
  const sections = new Map(
    runbook
      .split(/^### /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')), section] as const),
  );
  const errors = Object.entries(LOG_EVENTS).flatMap(([name, { level }]) => (level === 'error' ? [name] : []));

  test.each([...errors, ...AUDIT_PROBLEMS])('%s has a section that says how it shows and what to do', (name) => {
    const section = sections.get(name) ?? '';
    expect(section).toContain('**Shows as**');
    expect(section).toContain('**Do**');
  });

  test('a section that is named like an event or a problem is about one', () => {
    const names = [...sections.keys()].filter((title) => /^[a-z]+(-[a-z]+)*(\.[a-z-]+)?$/.test(title));
    const known = [...Object.keys(LOG_EVENTS), ...AUDIT_PROBLEMS, 'self-silent', 'self-function-failures'];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  test.each(['docs/runbook.md', 'docs/operations.md', 'docs/costs.md'])(
    'every link in %s leads to a heading',
    (path) => {
      const anchors = (file: string) =>
        [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
          title
            .toLowerCase()
            .replace(/[^\p{L}\p{N}\s_-]/gu, '')
            .replace(/\s/g, '-'),
        );
      const links = [...read(path).matchAll(/\]\(([a-z-]+\.md)?(?:#([^)]+))?\)/g)];
      for (const [link, file = path.replace('docs/', ''), anchor] of links) {
        const found = anchor === undefined ? read(`docs/${file}`) !== '' : anchors(`docs/${file}`).includes(anchor);
        expect({ path, link, found }).toEqual({ path, link, found: true });
      }
    },
  );
});

describe('the alert rules about itself', () => {
  const bicep = read('infra/modules/self-alerts.bicep');
  const names = [...bicep.matchAll(/^ {4}name: '([a-z-]+)'$/gm)].map(([, name = '']) => `self-${name}`);

  test('ask for events that there are', () => {
    const asked = [...bicep.matchAll(/\\'([a-z-]+\.[a-z-]+)\\'/g)].map(([, event = '']) => event);
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((event) => !(event in LOG_EVENTS))).toEqual([]);
  });

  test('are those that docs/operations.md explains', () => {
    const explained = [...read('docs/operations.md').matchAll(/^\| `(self-[a-z-]+)` \|/gm)].map(([, name]) => name);
    expect(explained).toEqual(names);
  });

  test('read lines that the host lets through', () => {
    const { logging } = JSON.parse(read('host.json'));
    expect(logging.logLevel['Host.Function.Console']).toBe('Information');
  });
});
