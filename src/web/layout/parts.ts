import type { IncidentState } from '../../core/incident.ts';
import type { Severity } from '../../core/severity.ts';
import type { Citation, VerdictLevel } from '../../core/verdict.ts';
import { brief, type Html, html, type Value } from './markup.ts';

/** The small pieces of which every page is made. */

const STATE_WORDS = {
  open: 'open',
  mitigated: 'mitigated',
  recovering: 'recovering',
  resolved: 'resolved',
} as const satisfies Record<IncidentState, string>;

export function statePill(state: IncidentState): Html {
  return html`<span class="pill state-${STATE_WORDS[state]}">${STATE_WORDS[state]}</span>`;
}

export function severityWord(severity: Severity): Html {
  return html`<span class="severity severity-${severity}">${severity}</span>`;
}

export function verdictPill(verdict: VerdictLevel): Html {
  return html`<span class="pill verdict-${verdict}">${verdict}</span>`;
}

/** A name or an address from outside. It breaks anywhere rather than making the page wider. */
export function name(text: string): Html {
  return html`<bdi class="name">${brief(text, 160) || '(no name)'}</bdi>`;
}

/** Commands that are longer are not shown in part: half a command does something else. */
const LONGEST_COMMAND = 6_000;

/** A command to paste, with a button that copies it where scripts run. `id` is unique on its page. */
export function command(id: string, text: string, label: string): Html {
  if (text.length > LONGEST_COMMAND) return html`<p class="quiet">${label}: the command is too long to be shown.</p>`;
  return html`<div class="command"><div class="command-head"><span id="${id}-label">${label}</span><button type="button" data-copy="${id}" aria-describedby="${id}-label" hidden>Copy</button></div><pre><code id="${id}">${words(text)}</code></pre></div>`;
}

/** Lines break between words alone: an option that is broken after its first hyphen is hard to read. */
function words(text: string): readonly Value[] {
  const parts = text.replaceAll('\r', '').split(/(\s+)/);
  return parts.map((part, index) => (index % 2 === 1 || part === '' ? part : html`<span>${part}</span>`));
}

/** What a reading says, as the reading has it, and what that shows. */
export function citation({ says, quote, evidence }: Citation): Html {
  return html`<li class="citation"><p>${brief(says, 600)}</p>
<blockquote><p>${brief(quote, 1_200) || '(no text)'}</p><footer>${name(evidence)}</footer></blockquote></li>`;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Value;
  /** Stands small under the title. */
  readonly lead?: Value;
}

export function section({ id, title, body, lead }: Section): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${
    lead !== undefined && html`<p class="lead">${lead}</p>`
  }
${body}
</section>
`;
}

/** What is there for those who want it, closed at first. */
export function more(summary: Value, body: Value): Html {
  return html`<details><summary>${summary}</summary><div class="inside">${body}</div></details>`;
}

/** A table that becomes a list of cards where there is no room. Cells are labelled with their column for that. */
export function table(caption: string, columns: readonly string[], rows: readonly (readonly Value[])[]): Html {
  return html`<table><caption class="sr">${caption}</caption><thead><tr>${columns.map(
    (column) => html`<th scope="col">${column}</th>`,
  )}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${row.map((cell, index) => html`<td data-label="${columns[index] ?? ''}">${cell}</td>`)}</tr>`,
  )}</tbody></table>`;
}

/** The first `most`, and a line that counts the rest. */
export function bounded<Each>(
  all: readonly Each[],
  most: number,
  each: (item: Each, index: number) => Html,
  rest: (left: number) => Value,
): readonly Value[] {
  const left = all.length - most;
  return [...all.slice(0, most).map(each), ...(left > 0 ? [rest(left)] : [])];
}
