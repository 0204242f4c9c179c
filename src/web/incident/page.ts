import { brief, count, type Html, html, type Value } from '../layout/markup.ts';
import { more, name, section, severityWord, statePill, verdictPill } from '../layout/parts.ts';
import { shell } from '../layout/shell.ts';
import { moment, span } from '../layout/time.ts';
import { navOf } from '../list/nav.ts';
import { drawMap } from '../map/draw.ts';
import { mapTable, membersByPool } from '../map/table.ts';
import { causeSections, changeSection, openSection, ruledOutSection } from './causes.ts';
import { downloadsSection, readingSection, recoverySection, timelineSection } from './history.ts';
import type { Links } from './links.ts';
import { plotSection } from './plot-section.ts';
import { scopeWords } from './scope-words.ts';
import type { IncidentView } from './view.ts';

/** The page of one incident, in the order in which a woken engineer needs it. Pure. */
export function incidentPage(view: IncidentView, links: Links, now: string): Html {
  return shell({
    title: `${headlineOf(view)} (${brief(view.gateway.name, 60)})`,
    nav: navOf(links),
    body: [
      headOf(view, now),
      ...noticesOf(view),
      ...causeSections(view),
      recoverySection(view),
      plotSection(view, links),
      mapSection(view),
      changeSection(view),
      openSection(view),
      ruledOutSection(view),
      readingSection(view, links),
      timelineSection(view),
      downloadsSection(view, links),
    ],
  });
}

function headOf(view: IncidentView, now: string): Html {
  const { incident, shown } = view.loaded;
  const { gateway } = view;
  const end = incident.resolvedAt ?? now;
  const took = span(incident.openedAt, end);
  const isOver = incident.state === 'resolved';
  return html`<div class="head">
<ul class="facts">
<li>${statePill(incident.state)}${incident.isTest && html` <span class="pill test">test</span>`}</li>
<li>${severityWord(incident.severity)}</li>
<li>${gateway.portalUrl === undefined ? name(gateway.name) : html`<a href="${gateway.portalUrl}" rel="noreferrer">${name(gateway.name)}</a>`}</li>
<li>since ${moment(incident.openedAt)}${took !== '' && html`, ${isOver ? 'lasted' : 'for'} ${took}`}</li>
</ul>
<h1>${headlineOf(view)}</h1>
<p class="summary">${summaryOf(view)}</p>
${shown && html`<p class="quiet">${brief(shown.report.impact, 400)}</p>`}
</div>
`;
}

function headlineOf({ stage, causes, loaded }: IncidentView): string {
  if (loaded.incident.isTest) return 'A test: nothing is wrong';
  const [first] = causes;
  if (first) return brief(first.title, 200);
  if (stage === 'waiting') return 'An alert fired, and the gateway is being read';
  if (stage === 'unread') return 'The gateway could not be read';
  return stage === 'well' ? 'No trouble was found' : 'The cause is not established';
}

/** The verdict and the place, in a sentence. */
function summaryOf({ stage, causes, fired, loaded }: IncidentView): Value {
  const [first, ...others] = causes;
  if (loaded.incident.isTest) {
    return 'Somebody tried out the alert’s action group. Nobody was paged, and nothing needs doing.';
  }
  if (first) {
    const { best, elsewhere } = first;
    const beside =
      others.length === 0 ? '' : ` ${count(others.length, 'more cause is', 'more causes are')} named below.`;
    const also = elsewhere.length === 0 ? '' : ` The same at ${count(elsewhere.length, 'other place')}.`;
    return [
      verdictPill(best.verdict),
      html` ${scopeWords(best.scope)}. ${VERDICT_WORDS[best.verdict]}${also}${beside}`,
    ];
  }
  const what = brief(fired[0] ?? 'Somebody asked for a look', 300);
  if (stage === 'waiting') return `${what}. Nothing is known yet; load this page again in a moment.`;
  if (stage === 'unread')
    return `${what}. Every reading failed, for the reasons below. That says nothing about the gateway itself.`;
  if (stage === 'well') return 'Every member that was read is healthy, and no request failed with 502 or 504.';
  return 'What was read does not point at one cause. Changing something now would be a guess; the next read is below.';
}

const VERDICT_WORDS = {
  confirmed: 'What was read leaves no other cause standing.',
  likely: 'It fits and nothing contradicts it, but another cause is not ruled out.',
  possible: 'Nothing contradicts it, but nothing speaks for it in particular.',
  inconclusive: 'The reading that would tell is missing.',
  'ruled-out': 'What was read contradicts it.',
} as const;

function noticesOf({ loaded, stage }: IncidentView): readonly Value[] {
  const { incident, shown, newest } = loaded;
  const notices: Html[] = [];
  if (incident.isUnchecked === true) {
    notices.push(
      html`<p class="notice notice-warn">Azure did not answer when this was opened, so nobody knows yet whether the gateway exists.</p>`,
    );
  }
  if (incident.state === 'resolved' && !incident.isTest) {
    notices.push(
      html`<p class="notice notice-good">This is over since ${moment(incident.resolvedAt)}: the recovery was seen. What follows is what was wrong.</p>`,
    );
  } else if (newest && shown) {
    notices.push(
      html`<p class="notice">This is the reading of ${moment(shown.manifest.takenAt)}, the one that says most. The gateway was last looked at ${moment(newest.manifest.takenAt)}.</p>`,
    );
  }
  const failed = shown?.report.evidence.filter(({ state }) => state === 'failed') ?? [];
  if (failed.length > 0 && stage !== 'unread') {
    notices.push(
      html`<p class="notice notice-warn">${count(failed.length, 'reading')} failed, so this rests on less than usual: ${failed.slice(0, 6).map((item, index) => [index > 0 && ', ', name(item.name)])}${failed.length > 6 && ' and more'}. <a href="#reading">The reasons</a></p>`,
    );
  }
  return notices;
}

function mapSection({ chains, gateway, stage }: IncidentView): Value {
  if (chains.length === 0) return undefined;
  const failing = chains.filter(({ standing }) => standing === 'broken' || standing === 'failing').length;
  const fine = chains.filter(({ standing }) => standing === 'fine').length;
  const lead =
    failing === 0
      ? `${count(chains.length, 'way')} through the gateway, none of them failing.`
      : `${failing} of ${count(chains.length, 'way')} through the gateway ${failing === 1 ? 'fails' : 'fail'}${fine > 0 ? `, ${fine} ${fine === 1 ? 'is' : 'are'} well` : ''}. The ones that fail are drawn${failing > 4 ? ', the first of them' : ''}.`;
  return section({
    id: 'map',
    title: stage === 'named' ? 'Where it breaks' : 'The way through the gateway',
    lead,
    body: html`<div class="map">${drawMap(chains, gateway.name)}</div>${membersByPool(chains)}${more('Every way as a table', mapTable(chains))}`,
  });
}
