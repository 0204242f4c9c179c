import type { AuditFinding, GatewayAudit } from '../prevention/audit.ts';
import { COST_MEANINGS, COSTS, type Cost, type Nearness } from '../prevention/check.ts';
import type { AuditReport } from './audit-json.ts';
import { placeOf } from './audit-place.ts';
import { fitLeft } from './columns.ts';
import { newPage, type Page, type Style } from './page.ts';
import type { Screen } from './screen.ts';
import { clip, plainLine } from './terminal-text.ts';

/**
 * What was found, what costs most first: a table to see it all at once, then each finding with what it was read off and
 * what to type, then what could not be judged. Pure.
 */

/** How much of a long list is shown. The JSON holds all of it. */
const MAX_FINDINGS = 40;
const MAX_TOLD = 12;
const MAX_CITATIONS = 3;
const MAX_QUOTE_LENGTH = 240;

const NESTED = 4;
const COMMAND = 6;

export interface AuditTextOptions {
  readonly screen: Screen;
  /** Tells every finding with its details, not only those that cost requests. */
  readonly isWhole: boolean;
}

export function auditText({ audits, unread }: AuditReport, { screen, isWhole }: AuditTextOptions): string {
  const page = newPage(screen);
  page.text(headlineOf(audits, unread.length), { styles: ['bold'] });
  for (const audit of audits) writeGateway(page, audit, audits.length > 1, { screen, isWhole });
  if (unread.length > 0) {
    heading(page, 'Gateways that could not be read');
    for (const { id, reason } of unread) bullet(page, `${id}: ${reason}`);
  }
  return page.toString();
}

function headlineOf(audits: readonly GatewayAudit[], unread: number): string {
  const findings = audits.flatMap((audit) => audit.findings);
  const gateways = `${audits.length} ${audits.length === 1 ? 'gateway' : 'gateways'}`;
  const failed = unread === 0 ? '' : ` ${unread} could not be read.`;
  if (findings.length === 0) return `Nothing found in ${gateways}, as far as it could be judged.${failed}`;
  const counts = COSTS.flatMap((cost) => {
    const count = findings.filter((finding) => finding.cost === cost).length;
    return count === 0 ? [] : [`${count} ${cost}`];
  });
  return `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} in ${gateways}: ${counts.join(', ')}.${failed}`;
}

function heading(page: Page, text: string, ...styles: readonly Style[]): void {
  page.gap();
  page.text(text, { styles: ['bold', ...styles] });
}

function bullet(page: Page, text: string): void {
  page.text(text, { indent: NESTED, mark: '  -' });
}

const COLORS: Readonly<Record<Cost, Style>> = { outage: 'red', pool: 'red', requests: 'yellow', hygiene: 'dim' };

/** The columns before the sentence; as wide as the longest word in them and a gap. */
const COST_WIDTH = 10;
const NEAR_WIDTH = 9;

function writeGateway(page: Page, audit: GatewayAudit, isNamed: boolean, options: AuditTextOptions): void {
  const { gateway, findings } = audit;
  if (isNamed) {
    const group = gateway.resourceGroup === undefined ? '' : ` (${gateway.resourceGroup})`;
    heading(page, `Gateway ${gateway.name ?? 'without a name'}${group}`);
  }
  if (findings.length > 0) {
    page.gap();
    for (const finding of findings.slice(0, MAX_FINDINGS)) writeRow(page, finding, options.screen);
    if (findings.length > MAX_FINDINGS) bullet(page, `${findings.length - MAX_FINDINGS} more, in --json`);
    page.gap();
    for (const cost of COSTS) {
      if (findings.some((finding) => finding.cost === cost))
        page.text(`${cost}: ${COST_MEANINGS[cost]}`, { styles: ['dim'] });
    }
  } else if (isNamed) bullet(page, 'nothing found');
  const told = findings.filter(({ cost }) => options.isWhole || cost !== 'hygiene');
  const shown = options.isWhole ? told : told.slice(0, MAX_TOLD);
  for (const finding of shown) writeFinding(page, finding);
  const more = told.length - shown.length;
  if (more > 0) {
    page.gap();
    page.text(`${more} more with their fixes in --all, or in --json.`, { styles: ['dim'] });
  }
  writeNotJudged(page, audit);
}

function writeRow(page: Page, { cost, nearness, daysLeft, says, check }: AuditFinding, screen: Screen): void {
  const near = daysLeft === undefined || daysLeft < 0 ? nearness : `${daysLeft} d`;
  const mark = `${fitLeft(cost, COST_WIDTH, screen)}${fitLeft(near, NEAR_WIDTH, screen)}`;
  page.text(`${says} (${check})`, { indent: COST_WIDTH + NEAR_WIDTH, mark, markStyles: [COLORS[cost]] });
}

const NEARNESS_WORDS: Readonly<Record<Nearness, string>> = {
  now: 'it costs this already',
  soon: 'it is close',
  someday: 'something else has to happen first',
};

function writeFinding(page: Page, finding: AuditFinding): void {
  const { title, cost, nearness, scope, says, because, missing = [], fix, prevents, check } = finding;
  heading(page, `${title} (${check})`, COLORS[cost] === 'dim' ? 'bold' : COLORS[cost]);
  page.text(says, { indent: 2 });
  page.text(`At ${placeOf(scope)}. Costs: ${COST_MEANINGS[cost]}; ${NEARNESS_WORDS[nearness]}.`, { indent: 2 });
  for (const { says: shows, evidence, quote } of because.slice(0, MAX_CITATIONS)) {
    bullet(page, shows);
    page.text(`${evidence}: ${clip(plainLine(quote), MAX_QUOTE_LENGTH)}`, { indent: NESTED, styles: ['dim'] });
  }
  for (const [index, { text, command, undo }] of fix.entries()) {
    page.text(text, { indent: NESTED + 1, mark: `  ${index + 1}.` });
    if (command) page.command(command, COMMAND);
    if (!undo) continue;
    page.text('To undo it:', { indent: NESTED + 1, styles: ['dim'] });
    page.command(undo, COMMAND);
  }
  for (const { read, command } of missing) {
    bullet(page, `To be sure, read: ${read}`);
    if (command) page.command(command, COMMAND);
  }
  page.text(`Prevents: ${prevents.join(', ')}`, { indent: 2, styles: ['dim'] });
}

function writeNotJudged(page: Page, { checks }: GatewayAudit): void {
  const open = checks.filter(({ missing }) => missing.length > 0);
  if (open.length === 0) return;
  heading(page, 'Not judged, for lack of a reading');
  for (const { check, missing } of open) {
    const [first] = missing;
    const more = missing.length > 1 ? ` And ${missing.length - 1} more.` : '';
    bullet(page, `${check}: ${first?.read ?? 'it is not known which.'}${more}`);
  }
}
