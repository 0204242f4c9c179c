import type { ChangeFinding } from '../core/changes.ts';
import { type Diagnosis, nextRead } from '../core/diagnose.ts';
import type { EvidenceSummary } from '../core/evidence.ts';
import type { Rule } from '../core/rule.ts';
import {
  type Citation,
  type FixStep,
  isNamed,
  type MissingRead,
  type Scope,
  type Verdict,
  type VerdictLevel,
} from '../core/verdict.ts';
import { newPage, type Page, type Style } from './page.ts';
import type { Screen } from './screen.ts';
import { clip, plainLine } from './terminal-text.ts';

/**
 * The diagnosis for a tired engineer: what it is, how sure that is, why, what to type; then what else it could be, what
 * it is not, and what all of this was read off. Pure.
 */

/** How much of a long list is shown. The JSON holds all of it. */
const MAX_SECTIONS = 4;
const MAX_SCOPES = 8;
const MAX_SENTENCES = 3;
const MAX_CITATIONS = 5;
const MAX_MEMBERS = 8;
const MAX_QUOTE_LENGTH = 320;
const MAX_NAME_LENGTH = 24;

/** Columns of indent: below a heading, behind the name of a fact, behind a bullet, and of a command below a bullet. */
const BODY = 2;
const FACT = 11;
const NESTED = 4;
const COMMAND = 6;

export interface TextOptions {
  readonly screen: Screen;
  /** The names of all evidence that could have been given, to say which was not. */
  readonly knownEvidence: readonly string[];
  /** What changed before the first failure; nothing is said of it where absent. */
  readonly change?: ChangeFinding;
}

export function diagnosisText(
  diagnosis: Diagnosis,
  rules: readonly Rule[],
  { screen, knownEvidence, change }: TextOptions,
): string {
  const { established, headline, healthy, verdicts, evidence } = diagnosis;
  const page = newPage(screen);
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const next = nextRead(verdicts);

  page.text(headline, { styles: headlineStyles(diagnosis) });
  if (!established && !healthy && next?.command) page.command(next.command, BODY);
  for (const [index, group] of groupByCause(verdicts.filter(isNamed)).entries())
    writeCause(page, group, byId, index === 0);
  if (next && (established || healthy))
    writeNextRead(page, established ? 'To be sure, read next' : 'If clients still see errors, read next', next);
  if (change) writeChange(page, change, evidence);
  writeStanding(page, verdicts, byId);
  writeNotJudged(page, verdicts);
  writeRuledOut(page, verdicts);
  writeEvidence(page, evidence, knownEvidence);
  return page.toString();
}

function headlineStyles({ established, healthy, verdicts }: Diagnosis): readonly Style[] {
  if (established) return ['bold', colorOf(verdicts[0]?.verdict)];
  return healthy ? ['bold', 'green'] : ['bold'];
}

function colorOf(level: VerdictLevel | undefined): Style {
  return level === 'confirmed' ? 'red' : 'yellow';
}

/** What a verdict's word means, for people who meet it for the first time at night. */
const MEANINGS: Readonly<Record<VerdictLevel, string>> = {
  confirmed: 'what was read leaves no other cause for this',
  likely: 'nothing that was read speaks against it, but another cause is not ruled out yet',
  possible: 'nothing speaks for it in particular',
  inconclusive: 'what it needs was not read',
  'ruled-out': 'what was read speaks against it',
};

function heading(page: Page, text: string, ...styles: readonly Style[]): void {
  page.gap();
  page.text(text, { styles: ['bold', ...styles] });
}

function label(page: Page, text: string): void {
  page.gap();
  page.text(text, { indent: BODY, styles: ['bold'] });
}

/** A short fact with its name before it, in columns. */
function fact(page: Page, name: string, value: string): void {
  page.text(value, { indent: FACT, mark: `${' '.repeat(BODY)}${name}`, markStyles: ['dim'] });
}

function bullet(page: Page, text: string): void {
  page.text(text, { indent: NESTED, mark: `${' '.repeat(BODY)}-` });
}

function note(page: Page, text: string): void {
  page.text(text, { indent: NESTED, styles: ['dim'] });
}

/** The verdicts by cause, the causes in the order of their best verdict. */
function groupByCause(verdicts: readonly Verdict[]): readonly (readonly Verdict[])[] {
  return [...Map.groupBy(verdicts, (verdict) => verdict.cause).values()];
}

/** A named cause: what it means once, then where it stands, why and what to do, scope by scope. */
function writeCause(
  page: Page,
  verdicts: readonly Verdict[],
  rules: ReadonlyMap<string, Rule>,
  isInHeadline: boolean,
): void {
  const [best] = verdicts;
  if (!best) return;
  const rule = rules.get(best.cause);
  // The headline has just named the first one.
  if (!isInHeadline) heading(page, `And: ${rule?.title ?? best.cause} (${best.verdict})`, colorOf(best.verdict));
  page.gap();
  fact(page, 'cause', best.cause);
  fact(page, 'verdict', `${best.verdict}: ${MEANINGS[best.verdict]}`);
  if (rule?.explains === 'aside') fact(page, 'note', 'This is no cause of a 502 or 504.');
  const sections = [...Map.groupBy(verdicts, sameAdvice).values()];
  if (sections.length === 1) writeWhere(page, verdicts, best.verdict);
  if (rule) {
    page.gap();
    page.text(rule.meaning, { indent: BODY });
  }
  for (const section of sections.slice(0, MAX_SECTIONS)) {
    if (sections.length > 1) {
      page.gap();
      writeWhere(page, section, best.verdict);
    }
    writeSection(page, section);
  }
  if (sections.length > MAX_SECTIONS) {
    label(page, 'The same cause, with its details in --json, for');
    const others = sections.slice(MAX_SECTIONS).flat();
    for (const verdict of others.slice(0, MAX_SCOPES)) bullet(page, describeScope(verdict.scope));
    if (others.length > MAX_SCOPES) bullet(page, `${others.length - MAX_SCOPES} more`);
  }
  if (!rule || rule.doNot.length === 0) return;
  label(page, 'What not to do');
  for (const line of rule.doNot) bullet(page, line);
}

/** Verdicts that rest on the same words and advise the same are told together. */
function sameAdvice({ verdict, because, fix }: Verdict): string {
  return JSON.stringify([verdict, because.map(({ evidence, quote }) => [evidence, quote]), fix]);
}

/** The places, with their verdict where it is not the one that the cause was named with. */
function writeWhere(page: Page, verdicts: readonly Verdict[], named: VerdictLevel): void {
  for (const [index, { scope, verdict }] of verdicts.slice(0, MAX_SCOPES).entries())
    fact(page, index === 0 ? 'where' : '', `${describeScope(scope)}${verdict === named ? '' : ` (${verdict})`}`);
  const more = verdicts.length - MAX_SCOPES;
  if (more > 0) fact(page, '', `and ${more} more, in --json`);
}

function writeSection(page: Page, verdicts: readonly Verdict[]): void {
  const [best] = verdicts;
  if (!best) return;
  const byQuote = Map.groupBy(
    verdicts.flatMap((verdict) => verdict.because),
    ({ evidence, quote }) => JSON.stringify([evidence, quote]),
  );
  if (byQuote.size > 0) label(page, 'Because');
  for (const citations of [...byQuote.values()].slice(0, MAX_CITATIONS)) writeCitations(page, citations);
  if (byQuote.size > MAX_CITATIONS) bullet(page, `and ${byQuote.size - MAX_CITATIONS} more, in --json`);
  if (best.fix.length === 0) return;
  label(page, 'Fix');
  for (const [index, step] of best.fix.entries()) writeStep(page, step, index + 1);
}

function writeStep(page: Page, { text, command, undo }: FixStep, number: number): void {
  page.text(text, { indent: NESTED + 1, mark: `${' '.repeat(BODY)}${number}.` });
  if (command) page.command(command, COMMAND);
  if (!undo) return;
  page.text('To undo it:', { indent: NESTED + 1, styles: ['dim'] });
  page.command(undo, COMMAND);
}

/** What one reading shows, and the reading: several sentences can rest on one, which is quoted once. */
function writeCitations(page: Page, citations: readonly Citation[]): void {
  const sentences = [...new Set(citations.map(({ says }) => says))];
  for (const says of sentences.slice(0, MAX_SENTENCES)) bullet(page, says);
  const more = sentences.length - MAX_SENTENCES;
  if (more > 0) bullet(page, `and ${more} more of the same, in --json`);
  const [first] = citations;
  if (first) note(page, `${first.evidence}: ${clip(plainLine(first.quote), MAX_QUOTE_LENGTH)}`);
}

function describeScope({ gateway, pool, setting, members }: Scope): string {
  const parts = [
    gateway === undefined ? undefined : `gateway ${gateway}`,
    pool === undefined ? undefined : `pool ${pool}`,
    setting === undefined ? undefined : `setting ${setting}`,
    members === undefined || members.length === 0 ? undefined : describeMembers(members),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? 'the whole gateway' : parts.join(', ');
}

function describeMembers(members: readonly string[]): string {
  const more = members.length - MAX_MEMBERS;
  const shown = members.slice(0, MAX_MEMBERS).join(', ');
  return `${members.length === 1 ? 'member' : 'members'} ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}

function writeNextRead(page: Page, title: string, { read, command }: MissingRead): void {
  heading(page, title);
  page.text(read, { indent: BODY });
  if (command) page.command(command, BODY);
}

/** Where nothing is named the reason is given only to those who gave something to find it in. */
function writeChange(page: Page, found: ChangeFinding, evidence: readonly EvidenceSummary[]): void {
  if (found.outcome === 'none') {
    const wasRead = evidence.some(({ name }) => name === 'resource-changes' || name === 'activity-log');
    if (!wasRead) return;
    heading(page, 'What changed before');
    page.text(found.reason, { indent: BODY });
    return;
  }
  const { at, what, by, property, before, after, sentence } = found.change;
  heading(page, 'What changed before');
  page.text(`${what}.`, { indent: BODY });
  page.gap();
  if (by !== undefined) fact(page, 'by', by);
  fact(page, 'at', at);
  if (property !== undefined) fact(page, 'changed', clip(plainLine(property), MAX_QUOTE_LENGTH));
  if (before !== undefined || after !== undefined) {
    fact(page, 'before', clip(plainLine(before ?? 'nothing'), MAX_QUOTE_LENGTH));
    fact(page, 'after', clip(plainLine(after ?? 'nothing'), MAX_QUOTE_LENGTH));
  }
  page.gap();
  page.text(sentence, { indent: BODY });
}

function writeStanding(page: Page, verdicts: readonly Verdict[], rules: ReadonlyMap<string, Rule>): void {
  const possible = groupByCause(verdicts.filter((verdict) => verdict.verdict === 'possible'));
  if (possible.length === 0) return;
  heading(page, 'Also possible');
  for (const [best, ...others] of possible) {
    if (!best) continue;
    const more = others.length > 0 ? `, and at ${others.length} more places` : '';
    const title = rules.get(best.cause)?.title ?? best.cause;
    bullet(page, `${title} (${best.cause}): ${describeScope(best.scope)}${more}`);
    const [missing] = best.missing;
    if (missing) note(page, `would be settled by: ${missing.read}`);
  }
}

/**
 * Inconclusive causes, gathered by the read that they wait for: one missing log leaves many causes open. Only the one
 * next read is shown as a command; with all of them the page would be full of commands that nobody should run first.
 */
function writeNotJudged(page: Page, verdicts: readonly Verdict[]): void {
  const open = verdicts.filter((verdict) => verdict.verdict === 'inconclusive');
  if (open.length === 0) return;
  heading(page, 'Not judged, for lack of a reading');
  const keyOf = ({ missing: [first] }: Verdict) => first?.command ?? first?.read;
  for (const waiting of Map.groupBy(open, keyOf).values())
    bullet(page, `${listCauses(waiting)}: ${waiting[0]?.missing[0]?.read ?? 'it is not known which.'}`);
}

/** Ruled-out causes, gathered by what rules them out. */
function writeRuledOut(page: Page, verdicts: readonly Verdict[]): void {
  const ruledOut = verdicts.filter((verdict) => verdict.verdict === 'ruled-out');
  if (ruledOut.length === 0) return;
  heading(page, 'Ruled out');
  for (const [says, causes] of Map.groupBy(ruledOut, ({ because: [first] }) => first?.says ?? 'No reading is named.')) {
    const evidence = causes[0]?.because[0]?.evidence;
    bullet(page, `${listCauses(causes)}: ${says}${evidence ? ` (${evidence})` : ''}`);
  }
}

function listCauses(verdicts: readonly Verdict[]): string {
  return [...new Set(verdicts.map((verdict) => verdict.cause))].join(', ');
}

function writeEvidence(page: Page, evidence: readonly EvidenceSummary[], known: readonly string[]): void {
  heading(page, 'What was read');
  const names = evidence.map(({ name }) => clip(plainLine(name), MAX_NAME_LENGTH));
  const width = Math.min(MAX_NAME_LENGTH, Math.max(0, ...names.map((name) => name.length)));
  for (const [index, { state, takenAt, reason }] of evidence.entries()) {
    const details = [state === 'ok' ? 'read' : state, takenAt && `at ${takenAt}`, reason && `- ${reason}`];
    const styles: readonly Style[] = state === 'failed' || state === 'skipped' ? ['yellow'] : [];
    const mark = `${' '.repeat(BODY)}${names[index]}`;
    page.text(details.filter(Boolean).join(' '), { indent: BODY + width + 2, mark, styles });
  }
  const absent = known.filter((name) => !evidence.some((item) => item.name === name));
  if (absent.length > 0) page.text(`Not given: ${absent.join(', ')}`, { indent: BODY, styles: ['dim'] });
}
