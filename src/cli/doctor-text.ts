import { parseGatewayId } from '../core/resource-id.ts';
import { STATES, type State } from '../doctor/check.ts';
import type { CheckedFinding, Report } from '../doctor/examine.ts';
import { newPage, type Page, type Style } from './page.ts';
import type { Screen } from './screen.ts';

/** The report for a terminal: a line for each finding, worst first within its group, what mends it below. Pure. */

const STYLES: Readonly<Record<State, Style>> = { fail: 'red', warn: 'yellow', unknown: 'cyan', ok: 'green' };

/** Columns of indent: of what is said, behind the word for its state, and of a command below it. */
const SAID = 10;
const COMMAND = 10;

export function doctorText({ state, counts, groups }: Report, screen: Screen): string {
  const page = newPage(screen);
  for (const { gateway, findings } of groups) {
    if (findings.length === 0) continue;
    page.gap();
    page.text(titleOf(gateway), { styles: ['bold'] });
    for (const finding of sorted(findings)) write(page, finding);
  }
  page.gap();
  page.text(summaryOf(state, counts), { styles: ['bold', STYLES[state]] });
  return page.toString();
}

function titleOf(gateway: string | undefined): string {
  if (gateway === undefined) return 'Set-up';
  const { name, resourceGroup } = parseGatewayId(gateway) ?? { name: gateway, resourceGroup: '' };
  return `Gateway ${name} (${resourceGroup})`;
}

/** Worst first; within a state the order of the checks stays. */
function sorted(findings: readonly CheckedFinding[]): readonly CheckedFinding[] {
  return findings.toSorted((left, right) => STATES.indexOf(left.state) - STATES.indexOf(right.state));
}

function write(page: Page, { state, says, mend }: CheckedFinding): void {
  page.text(says, { indent: SAID, mark: `  ${state}`, markStyles: [STYLES[state]] });
  if (mend?.text !== undefined) page.text(mend.text, { indent: SAID, styles: ['dim'] });
  if (mend?.command !== undefined) page.command(mend.command, COMMAND);
}

function summaryOf(state: State, { fail, warn, unknown, ok }: Report['counts']): string {
  const numbers = `${fail} failed, ${warn} with a warning, ${unknown} not readable, ${ok} well.`;
  if (state === 'fail') return `Not everything can work: ${numbers}`;
  if (state === 'warn') return `It works, and could be better: ${numbers}`;
  return state === 'unknown' ? `Nothing is known to be wrong: ${numbers}` : `All is well: ${numbers}`;
}
