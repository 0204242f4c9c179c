import { rules } from '../../causes/index.ts';
import { quoteOf } from '../../core/backend-health.ts';
import { isWell } from '../../core/condition.ts';
import { evidenceKinds } from '../../evidence/index.ts';
import { brief, count, type Html, html, type Value } from '../../web/layout/markup.ts';
import { more, name, section, table, verdictPill } from '../../web/layout/parts.ts';
import { compactJson } from './compact-json.ts';
import { list, record, text } from './messages/fields.ts';
import type { RunState } from './run.ts';
import { NO_TROUBLE } from './score.ts';
import type { Step } from './steps.ts';

/** Characters of a body that are shown. */
const SHOWN_BODY = 8_000;
const MOST_MEMBERS = 30;
const MOST_ROWS = 8;
const MOST_COLUMNS = 9;

/** How each reading changed what stands. */
export function readingsPart({ steps, isJudged, decisive, report }: RunState): Value {
  if (steps.length === 0) return undefined;
  const standing = steps.at(-1)?.standing ?? rules.length;
  return section({
    id: 'the-readings',
    title: 'Reading by reading',
    lead: html`${!isJudged && html`<span class="spin" aria-hidden="true"></span>`}${standing} of ${rules.length} causes still stand.${report && isJudged ? ` ${ended(report.ended)}` : ''}`,
    body: html`<progress class="bar" max="${rules.length}" value="${rules.length - standing}" aria-label="Causes that were ruled out"></progress><ol class="readings">${steps.map((step, index) => html`<li${isJudged && index === decisive && html` class="decided"`}><span class="what">${titleOfEvidence(step.evidence)}</span><span class="took">${took(step)}</span><p class="effect">${effect(step)}</p></li>`)}</ol>`,
  });
}

function ended(reason: string): string {
  return `The reading ended: ${brief(reason, 200)}`;
}

function took({ afterMs, parts }: Step): Value {
  const times = parts > 1 ? `${parts} parts, ` : '';
  return afterMs === undefined ? times : `${times}after ${(afterMs / 1_000).toFixed(1)} s`;
}

function effect({ state, reason, fell, moved, best }: Step): Value {
  if (state === 'failed') return `Could not be read: ${brief(reason ?? 'no reason given', 200)}`;
  const rose = moved.filter(({ to }) => to === 'confirmed' || to === 'likely');
  const open = moved.filter(({ to }) => to === 'possible');
  const parts: Value[] = [
    rose.map(({ cause, to }) => html`${verdictPill(to)}${cause}. `),
    open.length > 0 && `${open.length === 1 ? open[0]?.cause : count(open.length, 'cause')} possible. `,
    fell.length > 0 && `Rules out ${fell.length <= 3 ? fell.join(', ') : count(fell.length, 'cause')}. `,
  ];
  if (parts.every((part) => part === false || (Array.isArray(part) && part.length === 0))) {
    return `Changes nothing${best ? '' : ' by itself'}.`;
  }
  return parts;
}

export function titleOfEvidence(evidence: string): string {
  return evidenceKinds.find((kind) => kind.name === evidence)?.title ?? evidence;
}

/** A rehearsal: the readings so far, and what they say themselves. */
export function revealedPart({ steps, isJudged, rehearsal, phase }: RunState): Value {
  if (phase === 'starting') return undefined;
  const shown = steps.slice(0, rehearsal.seen);
  return section({
    id: 'the-readings',
    title: 'The readings, in the order they came',
    body: html`${!isJudged && html`<p class="quiet"><span class="spin" aria-hidden="true"></span>The gateway is being read.</p>`}${isJudged && shown.length === 0 && html`<p class="quiet">None is shown yet.</p>`}
<ol class="evidence">${shown.map((step, index) => html`<li><h3>${index + 1}. ${titleOfEvidence(step.evidence)}</h3><p class="small quiet">${brief(step.asked ?? '', 300)}</p>${evidenceBody(step, index)}</li>`)}</ol>`,
  });
}

/** A rehearsal: the next reading, or the answer. */
export function questionPart({ steps, isJudged, rehearsal, phase }: RunState, base: string): Value {
  const isOver = phase === 'failed' || phase === 'stopped';
  if (!isJudged || isOver) return undefined;
  const { seen } = rehearsal;
  const left = steps.length - seen;
  const causes = rules.toSorted((one, other) => (one.title < other.title ? -1 : 1));
  return section({
    id: 'the-question',
    title: 'What is it?',
    body: html`${left > 0 && html`<form method="post" action="${base}/reveal" data-stay><button id="do-reveal" class="button${seen === 0 && ' primary'}">${seen === 0 ? 'Show the first reading' : `Next reading (${left} left)`}</button></form>`}
<form method="post" action="${base}/answer" data-stay class="guess"><div><label for="cause-said">The cause</label><select id="cause-said" name="cause" required><option value="">Choose one</option>${causes.map(({ id, title }) => html`<option value="${id}">${title}</option>`)}<option value="${NO_TROUBLE}">There is no trouble</option></select></div><button id="do-answer" class="button${seen > 0 && ' primary'}">That is it</button></form>`,
  });
}

function evidenceBody({ evidence, readings, raw, state, reason }: Step, index: number): Value {
  if (state === 'failed') return html`<p>Could not be read: ${brief(reason ?? 'no reason given', 300)}</p>`;
  if (raw.length === 0) return html`<p class="quiet">It holds nothing.</p>`;
  const logs = raw.flatMap(logTables);
  const body = raw.map((document) => compactJson(document)).join('\n');
  const cut = body.length > SHOWN_BODY && `\n… ${body.length - SHOWN_BODY} more characters`;
  const shown = html`<pre tabindex="0" role="region" aria-label="Body of reading ${index + 1}"><code>${body.slice(0, SHOWN_BODY)}${cut}</code></pre>`;
  const told = evidence === 'backend-health' ? membersTable(readings) : logs.length > 0 ? logs : undefined;
  return told === undefined ? shown : [told, more('As the service sent it', shown)];
}

function membersTable({ backendHealth }: Step['readings']): Html | undefined {
  const rows = (backendHealth?.targets ?? []).flatMap(({ pool, setting, members }) =>
    members.length === 0
      ? [[name(`${pool} ~ ${setting}`), 'no member', '']]
      : members.map((member) => [
          html`${name(member.address)} <span class="small quiet">of ${name(pool)}</span>`,
          html`<span class="pill${isWell(member) ? ' good' : ' state-open'}">${brief(member.healthAsWritten, 30)}</span>`,
          brief(quoteOf(member), 400),
        ]),
  );
  return rows.length === 0
    ? undefined
    : table('Members', ['Member', 'Health', 'What the probe met'], rows.slice(0, MOST_MEMBERS));
}

/** The tables of a Log Analytics answer: columns that are empty everywhere say nothing, and are left out. */
function logTables(document: unknown): readonly Html[] {
  return list(record(document).tables, 3).flatMap((each) => {
    const { columns, rows } = record(each);
    const shown = list(rows, MOST_ROWS).map((row) => list(row).map(cellOf));
    const names = list(columns).map((column) => text(record(column).name));
    const kept = names.flatMap((_, index) => (shown.some((row) => (row[index] ?? '') !== '') ? [index] : []));
    const left = list(rows, 10_000).length - shown.length;
    if (shown.length === 0) return [html`<p class="quiet">No rows.</p>`];
    const head = kept.slice(0, MOST_COLUMNS).map((index) => names[index] ?? '');
    const cells = shown.map((row) => kept.slice(0, MOST_COLUMNS).map((index) => row[index] ?? ''));
    return [
      html`<div class="wide-table" tabindex="0" role="region" aria-label="Rows of the log">${table('Rows of the log', head, cells)}</div>${left > 0 && html`<p class="small quiet">${count(left, 'more row')}.</p>`}`,
    ];
  });
}

function cellOf(value: unknown): string {
  const shown = typeof value === 'string' ? value : value === null ? '' : (JSON.stringify(value) ?? '');
  return brief(shown, 80);
}
