import { nextRead } from '../../core/diagnose.ts';
import type { FixStep, Verdict } from '../../core/verdict.ts';
import { brief, count, type Html, html, type Value } from '../layout/markup.ts';
import { bounded, citation, command, more, name, section, verdictPill } from '../layout/parts.ts';
import { moment } from '../layout/time.ts';
import { scopeWords } from './scope-words.ts';
import type { CauseView, IncidentView } from './view.ts';

/** How much of each list a page spells out; the JSON has all of it. */
const MOST = { causes: 8, places: 40, citations: 12, steps: 12, open: 60, openShown: 4, ruledOut: 60 } as const;

/** The first cause in full, fix before evidence; the others after it, closed. */
export function causeSections(view: IncidentView): readonly Value[] {
  const { causes, stage, loaded } = view;
  const [first, ...others] = causes;
  if (loaded.incident.isTest) return [];
  if (!first) return stage === 'open' || stage === 'unread' ? [nextReadSection(view)] : [];
  const isSure = first.best.verdict === 'confirmed';
  return [
    // A fix for a cause that is only likely comes after the read that would tell whether it is the right one.
    !isSure && nextReadSection(view),
    fixSection(first, isSure),
    evidenceSection(first),
    others.length > 0 &&
      section({
        id: 'more-causes',
        title: 'Also found',
        body: bounded(
          others,
          MOST.causes,
          (cause, index) => furtherCause(cause, index),
          (left) =>
            html`<p class="quiet">${count(left, 'further cause is', 'further causes are')} left out here; the JSON has all.</p>`,
        ),
      }),
  ];
}

function fixSection({ best, rule, elsewhere }: CauseView, isSure: boolean): Html {
  const title = isSure ? 'The fix' : 'The fix, if that confirms it';
  return section({
    id: 'fix',
    title,
    body: html`<div class="card">${steps(best.fix, 'fix')}${doNot(rule?.doNot ?? [])}${
      elsewhere.length > 0 &&
      more(`The same at ${count(elsewhere.length, 'other place')}`, places(elsewhere, 'fix-place'))
    }</div>`,
  });
}

function places(verdicts: readonly Verdict[], id: string): readonly Value[] {
  return bounded(
    verdicts,
    MOST.places,
    (verdict, index) => html`<h3>${scopeWords(verdict.scope)}</h3>${steps(verdict.fix, `${id}-${index}`)}`,
    (left) => html`<p class="quiet">and ${count(left, 'more place')}</p>`,
  );
}

/** What has to be filled in by who knows it: `<port>`. */
const PLACEHOLDER = /<[a-z][a-z0-9 -]*>/;

function steps(fix: readonly FixStep[], id: string): Value {
  if (fix.length === 0) return html`<p>No command of ours mends this; what to look at is in the evidence below.</p>`;
  return html`<ol class="steps">${fix
    .slice(0, MOST.steps)
    .map(
      (step, index) =>
        html`<li><p>${brief(step.text, 800)}${
          step.command !== undefined &&
          PLACEHOLDER.test(step.command) &&
          html` <strong>Fill in what stands in &lt;&gt; first.</strong>`
        }</p>${step.command !== undefined && command(`${id}-${index}`, step.command, 'Run')}${
          step.undo !== undefined && command(`${id}-${index}-undo`, step.undo, 'Undo')
        }</li>`,
    )}</ol>`;
}

function doNot(lines: readonly string[]): Value {
  if (lines.length === 0) return undefined;
  return html`<h3>What not to do</h3><ul class="dont">${lines.map((line) => html`<li>${brief(line, 600)}</li>`)}</ul>`;
}

function evidenceSection({ best, rule }: CauseView): Html {
  return section({
    id: 'evidence',
    title: 'The evidence',
    body: html`<div class="card">${citations(best)}${
      rule &&
      more(
        'What this cause means, and how to keep it from coming back',
        html`<p>${rule.meaning}</p>${
          rule.prevention.length > 0 &&
          html`<h3>Prevention</h3><ul>${rule.prevention.map((line) => html`<li>${line}</li>`)}</ul>`
        }${rule.blindSpots.length > 0 && html`<h3>What this rule cannot see</h3><ul>${rule.blindSpots.map((line) => html`<li>${line}</li>`)}</ul>`}<p class="quiet small">${name(rule.id)}. Confirmed by: ${rule.confirmedBy} Ruled out by: ${rule.ruledOutBy}</p>`,
      )
    }</div>`,
  });
}

function citations({ because }: Verdict): Value {
  if (because.length === 0) return html`<p class="quiet">No reading is cited.</p>`;
  return html`<ul class="citations">${bounded(because, MOST.citations, citation, (left) => html`<li class="quiet">and ${count(left, 'more reading')}</li>`)}</ul>`;
}

function furtherCause({ best, title, elsewhere, rule }: CauseView, index: number): Html {
  const also = elsewhere.length === 0 ? undefined : html`<p>The same at ${count(elsewhere.length, 'other place')}.</p>`;
  const summary = html`<strong>${brief(title, 200)}</strong> ${verdictPill(best.verdict)} <span class="quiet">${scopeWords(best.scope)}</span>`;
  return more(
    summary,
    html`${also}${citations(best)}<h3>The fix</h3>${steps(best.fix, `also-${index}`)}${doNot(rule?.doNot ?? [])}`,
  );
}

/** The one read to do next, before anything is changed. */
function nextReadSection({ loaded }: IncidentView): Value {
  const next = nextRead(loaded.shown?.report.verdicts ?? []);
  if (!next) return undefined;
  return section({
    id: 'next',
    title: 'To be sure, read this next',
    body: html`<div class="card"><p>${brief(next.read, 800)}</p>${next.command !== undefined && command('next-read', next.command, 'Run')}</div>`,
  });
}

/** What changed before, beside the causes and not as one. */
export function changeSection({ change, noChange }: IncidentView): Value {
  if (!change) {
    return noChange === undefined
      ? undefined
      : section({
          id: 'change',
          title: 'What changed before',
          body: html`<p class="quiet">${brief(noChange, 400)}</p>`,
        });
  }
  const { at, what, by, property, before, after, sentence } = change;
  return section({
    id: 'change',
    title: 'What changed before',
    lead: brief(sentence, 600),
    body: html`<div class="card"><p><strong>${brief(what, 400)}</strong></p><dl>
<dt>When</dt><dd>${moment(at)}</dd>
${by !== undefined && html`<dt>By</dt><dd>${name(by)}</dd>`}
${property !== undefined && html`<dt>Property</dt><dd>${name(property)}</dd>`}
${before !== undefined && html`<dt>Before</dt><dd>${name(before)}</dd>`}
${after !== undefined && html`<dt>After</dt><dd>${name(after)}</dd>`}
</dl></div>`,
  });
}

export function openSection({ open, titleOf, causes }: IncidentView): Value {
  const possible = open.filter(({ verdict }) => verdict === 'possible');
  const missing = open.filter(({ verdict }) => verdict === 'inconclusive');
  if (open.length === 0) return undefined;
  const isSure = causes[0]?.best.verdict === 'confirmed';
  const shown = isSure ? [] : possible.slice(0, MOST.openShown);
  const folded = possible.slice(shown.length);
  const each = (verdict: Verdict) => {
    const [read] = verdict.missing;
    return html`<li><p><strong>${brief(titleOf(verdict.cause), 200)}</strong>${
      read !== undefined && html`<br><span class="quiet">What would tell: ${brief(read.read, 400)}</span>`
    }</p></li>`;
  };
  const list = (verdicts: readonly Verdict[]) =>
    html`<ul class="plain">${bounded(verdicts, MOST.open, each, (left) => html`<li class="quiet">and ${left} more</li>`)}</ul>`;
  return section({
    id: 'open',
    title: isSure ? 'What else was weighed' : 'What still stands',
    body: [
      !isSure && shown.length > 0 && list(shown),
      folded.length > 0 &&
        more(`${count(folded.length, isSure ? 'cause' : 'more cause')} that nothing contradicts`, list(folded)),
      missing.length > 0 &&
        more(`${count(missing.length, 'cause')} of which nothing is known`, unknowns(missing, titleOf)),
    ],
  });
}

/** By the read that would tell, because one of them often tells of many. */
function unknowns(verdicts: readonly Verdict[], titleOf: (cause: string) => string): Html {
  const byRead = Map.groupBy(verdicts, ({ missing }) => missing[0]?.read ?? '');
  const each = ([read, same]: readonly [string, readonly Verdict[]]) =>
    html`<li><p>${same.slice(0, MOST.open).map(({ cause }, index) => [index > 0 && ' · ', brief(titleOf(cause), 200)])}${
      read !== '' && html`<br><span class="quiet">What would tell: ${brief(read, 400)}</span>`
    }</p></li>`;
  const items = bounded([...byRead], MOST.open, each, (left) => html`<li class="quiet">and ${left} more</li>`);
  return html`<ul class="plain">${items}</ul>`;
}

export function ruledOutSection({ ruledOut, titleOf }: IncidentView): Value {
  if (ruledOut.length === 0) return undefined;
  const each = ({ cause, because }: Verdict) => {
    const [first] = because;
    return html`<li><p><strong>${brief(titleOf(cause), 200)}</strong>${
      first !== undefined &&
      html`<br>${brief(first.says, 400)} <span class="quiet small">“${brief(first.quote, 240)}” in ${name(first.evidence)}</span>`
    }</p></li>`;
  };
  const [first] = ruledOut;
  const list = html`<ul class="plain">${bounded(ruledOut, MOST.ruledOut, each, (left) => html`<li class="quiet">and ${left} more</li>`)}</ul>`;
  return section({
    id: 'ruled-out',
    title: 'What it is not',
    body: more(
      `${count(ruledOut.length, 'cause')} ruled out, and by what${first === undefined ? '' : `: ${brief(titleOf(first.cause), 80)}${ruledOut.length > 1 ? ', …' : ''}`}`,
      list,
    ),
  });
}
