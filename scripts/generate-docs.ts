import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../src/causes/index.ts';
import type { Rule } from '../src/core/rule.ts';
import { auditPage } from './audit-docs.ts';
import { cliPage } from './cli-docs.ts';

/**
 * Writes docs/causes/ and the table of causes in the README from the rules, so that the docs, the messages and the
 * terminal say the same. A test compares what is written with what the rules say.
 */
const root = join(import.meta.dirname, '..');
const FOLDER = 'docs/causes';
const BEGIN = '<!-- causes: generated from the rules by scripts/generate-docs.ts -->';
const END = '<!-- causes: end -->';

/** Every generated file by its path below the project. */
export function generatedDocs(): ReadonlyMap<string, string> {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [before, rest = ''] = readme.split(BEGIN);
  const [, after = ''] = rest.split(END);
  return new Map([
    ['README.md', `${before}${BEGIN}\n${table('docs/causes/')}\n${END}${after}`],
    [`${FOLDER}/README.md`, `# Causes\n\nGenerated from the rules.\n\n${table('')}\n`],
    ...rules.map((rule) => [`${FOLDER}/${rule.id}.md`, page(rule)] as const),
    ['docs/audit.md', auditPage()],
    ['docs/cli.md', cliPage],
  ]);
}

function table(folder: string): string {
  const rows = rules.map(({ id, title }) => `| [\`${id}\`](${folder}${id}.md) | ${title} |`);
  return ['| cause | in words |', '|---|---|', ...rows].join('\n');
}

function page(rule: Rule): string {
  const list = (items: readonly string[]) => items.map((item) => `- ${item}`).join('\n');
  const kind = rule.explains === 'aside' ? 'An aside: true and worth saying, but no cause of a 502 or 504.' : undefined;
  const sections: readonly (readonly [string, string])[] = [
    ['What it means', rule.meaning],
    ['What confirms it', rule.confirmedBy],
    ['What rules it out', rule.ruledOutBy],
    ['What it reads', list(rule.reads.map((name) => `\`${name}\``))],
    ['What not to do', list(rule.doNot)],
    ['How to prevent it', list(rule.prevention)],
    ['What it cannot see', list(rule.blindSpots)],
  ];
  const body = sections.filter(([, text]) => text !== '').map(([title, text]) => `## ${title}\n\n${text}\n`);
  const intro = [`# ${rule.title}`, `\`${rule.id}\`, ${rule.maturity}.`, kind].filter((line) => line !== undefined);
  return `${intro.join('\n\n')}\n\n${body.join('\n')}\nThe fix depends on what was read and comes with the diagnosis, as a command with the real names.\n`;
}

if (import.meta.main) {
  const docs = generatedDocs();
  mkdirSync(join(root, FOLDER), { recursive: true });
  for (const file of readdirSync(join(root, FOLDER)))
    if (!docs.has(`${FOLDER}/${file}`)) rmSync(join(root, FOLDER, file));
  for (const [path, text] of docs) writeFileSync(join(root, path), text);
  process.stdout.write(`${docs.size} files written\n`);
}
