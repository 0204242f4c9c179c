import type { Rule } from '../../core/rule.ts';
import { SEVERITIES } from '../../core/severity.ts';
import { ALL, incidentHref } from '../incident/links.ts';
import { brief, count, type Html, html, type Value } from '../layout/markup.ts';
import { name, section, severityWord, statePill, verdictPill } from '../layout/parts.ts';
import { BASE, shell } from '../layout/shell.ts';
import { moment, span } from '../layout/time.ts';
import { navOf } from './nav.ts';
import { type Filter, type IncidentSummary, PAGE_SIZE, type Selection } from './select.ts';

export interface ListView {
  readonly selection: Selection;
  readonly filter: Filter;
  readonly rules: readonly Rule[];
  /** How many incidents were looked through, and how many there are. */
  readonly searched: number;
  readonly known: number;
  readonly now: string;
  readonly badge?: string;
}

/** A family that is larger is counted. */
const MOST_OF_FAMILY = 12;
const MOST_FAMILIES = 10;

/** Open and recent incidents, and what goes on at several gateways at once. Pure. */
export function listPage(view: ListView): Html {
  const { selection, searched, known, rules, badge } = view;
  const ongoing = selection.page.filter(({ state }) => state !== 'resolved');
  const over = selection.page.filter(({ state }) => state === 'resolved');
  const titleOf = (cause: string) => rules.find(({ id }) => id === cause)?.title ?? cause;
  const isFirst = selection.offset === 0;
  return shell({
    title: 'Incidents',
    nav: navOf(ALL, 'incidents'),
    ...(badge === undefined ? {} : { badge }),
    body: [
      html`<h1>Incidents</h1>`,
      filterForm(view),
      isFirst && families(selection, titleOf),
      selection.page.length === 0 && nothing(view),
      ongoing.length > 0 && section({ id: 'ongoing', title: 'Going on', body: rows(ongoing, titleOf, view.now) }),
      over.length > 0 && section({ id: 'over', title: 'Over', body: rows(over, titleOf, view.now) }),
      pager(view),
      known > searched &&
        html`<p class="quiet small">The ${searched} newest of ${count(known, 'incident')} were looked through.</p>`,
    ],
  });
}

function nothing({ filter, searched }: ListView): Html {
  const isFiltered = Object.keys(filter).length > 0 && searched > 0;
  return html`<div class="empty"><p>${isFiltered ? 'No incident fits.' : 'No incident yet. When an alert fires, it is here within seconds.'}</p></div>`;
}

function filterForm({ filter, rules }: ListView): Html {
  const option = (value: string, text: string, chosen: string | undefined) =>
    html`<option value="${value}"${value === (chosen ?? '') && html` selected`}>${text}</option>`;
  const states = [
    ['', 'any'],
    ['ongoing', 'going on'],
    ['open', 'open'],
    ['mitigated', 'mitigated'],
    ['recovering', 'recovering'],
    ['resolved', 'resolved'],
  ] as const;
  const causes = rules.map(({ id }) => id).toSorted();
  return html`<form class="filters" method="get" action="${BASE}/" role="search" aria-label="Incidents">
<div><label for="state">State</label><select id="state" name="state">${states.map(([value, text]) => option(value, text, filter.state))}</select></div>
<div><label for="severity">Severity</label><select id="severity" name="severity">${option('', 'any', filter.severity)}${SEVERITIES.map((severity) => option(severity, severity, filter.severity))}</select></div>
<div><label for="cause">Cause</label><select id="cause" name="cause">${option('', 'any', filter.cause)}${causes.map((cause) => option(cause, cause, filter.cause))}</select></div>
<div><label for="gateway">Gateway</label><input id="gateway" name="gateway" type="search" maxlength="300" autocomplete="off" value="${filter.gateway ?? ''}"></div>
<div><button class="button" type="submit">Show</button></div>
</form>`;
}

function families({ families: all }: Selection, titleOf: (cause: string) => string): Value {
  if (all.length === 0) return undefined;
  const each = all.slice(0, MOST_FAMILIES).map(({ cause, incidents }) => {
    const gateways = new Set(incidents.map(({ gateway }) => gateway.id.toLowerCase())).size;
    const shown = incidents.slice(0, MOST_OF_FAMILY);
    return html`<div class="card"><p><strong>${brief(titleOf(cause), 200)}</strong> at ${count(gateways, 'gateway')}: most likely one thing to mend.</p><ul class="plain">${shown.map(
      (incident) =>
        html`<li><a href="${incidentHref(ALL, incident.id)}">${name(incident.gateway.name)}</a> ${statePill(incident.state)} <span class="quiet">since ${moment(incident.openedAt)}</span></li>`,
    )}</ul>${incidents.length > shown.length && html`<p class="quiet">and ${incidents.length - shown.length} more</p>`}</div>`;
  });
  return section({ id: 'families', title: 'At several gateways at once', body: each });
}

function rows(incidents: readonly IncidentSummary[], titleOf: (cause: string) => string, now: string): Html {
  return html`<ul class="rows">${incidents.map((incident) => row(incident, titleOf, now))}</ul>`;
}

function row(incident: IncidentSummary, titleOf: (cause: string) => string, now: string): Html {
  const { gateway, state, severity, isTest, openedAt, resolvedAt, causes } = incident;
  const [first, ...others] = causes;
  const title = isTest ? 'A test: nothing is wrong' : first ? titleOf(first.cause) : 'The cause is not established';
  const took = span(openedAt, resolvedAt ?? now);
  return html`<li><a class="title" href="${incidentHref(ALL, incident.id)}">${brief(title, 200)}</a>
<ul class="facts"><li>${statePill(state)}</li>${first && !isTest && html`<li>${verdictPill(first.verdict)}</li>`}<li>${severityWord(severity)}</li><li>${name(gateway.name)}</li>${
    gateway.resourceGroup !== undefined && html`<li>${name(gateway.resourceGroup)}</li>`
  }<li>since ${moment(openedAt)}${took !== '' && html`, ${state === 'resolved' ? 'lasted ' : 'for '}${took}`}</li>${
    others.length > 0 && html`<li>${count(others.length, 'more cause')}</li>`
  }</ul></li>`;
}

function pager({ selection, filter }: ListView): Value {
  const { offset, total, page } = selection;
  if (total <= PAGE_SIZE && offset === 0) return undefined;
  const href = (to: number) => {
    const query = new URLSearchParams(Object.entries(filter));
    if (to > 0) query.set('offset', String(to));
    return `${BASE}/?${query}`;
  };
  const last = offset + page.length;
  return html`<nav class="pager" aria-label="Pages of the list"><span>${
    offset > 0 && html`<a href="${href(Math.max(0, offset - PAGE_SIZE))}" rel="prev">Newer</a>`
  }</span><span class="quiet">${page.length === 0 ? 'none' : `${offset + 1} to ${last}`} of ${total}</span><span>${
    last < total && html`<a href="${href(last)}" rel="next">Older</a>`
  }</span></nav>`;
}
