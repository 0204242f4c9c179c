import { rules } from '../../causes/index.ts';
import { isNamed } from '../../core/verdict.ts';
import { describeFired } from '../../signals/describe.ts';
import { mendingOf } from '../../simulator/mending.ts';
import { scenarioNamed } from '../../simulator/scenarios/index.ts';
import { scopeWords } from '../../web/incident/scope-words.ts';
import { brief, count, type Html, html, type Value } from '../../web/layout/markup.ts';
import { more, name, section, table, verdictPill } from '../../web/layout/parts.ts';
import { moment } from '../../web/layout/time.ts';
import { messagesPart } from './messages-part.ts';
import { questionPart, readingsPart, revealedPart } from './readings-part.ts';
import { isLookAsked, type Phase, type RunState } from './run.ts';
import { NO_TROUBLE } from './score.ts';
import { worldChart } from './world-chart.ts';

/** One part of the page of a drill: it is sent anew when it changes. */
export interface Part {
  readonly id: string;
  readonly html: Html;
}

/** Every part, in the order of the page. `base` is the page's own address. */
export function partsOf(state: RunState, base: string): readonly Part[] {
  const isHidden = hides(state);
  const parts: readonly (readonly [string, Value])[] = [
    ['head', head(state)],
    ['course', course(state)],
    ['controls', controls(state, base)],
    ['problem', problem(state)],
    ['answer', isHidden ? undefined : answer(state)],
    ['score', scored(state)],
    ['world', world(state)],
    ['alert', alert(state)],
    ['asked', isHidden ? undefined : asked(state)],
    ['mended', mended(state)],
    ['readings', isHidden ? revealedPart(state) : readingsPart(state)],
    ['question', isHidden && questionPart(state, base)],
    ['messages', isHidden ? undefined : messagesPart(state)],
  ];
  return parts.map(([id, value]) => ({ id, html: html`${value}` }));
}

/** Whether a rehearsal still waits for its answer: nothing that gives it away is put into a page. */
export function hides({ mode, rehearsal }: RunState): boolean {
  return mode === 'rehearsal' && rehearsal.answer === undefined;
}

export function titleOf(cause: string): string {
  if (cause === NO_TROUBLE) return 'There is no trouble';
  return rules.find(({ id }) => id === cause)?.title ?? cause;
}

/** A rehearsal has no name before its answer. */
function head(state: RunState): Html {
  const { title, story } = scenarioNamed(state.scenario);
  return hides(state)
    ? html`<h1>What is wrong here?</h1><p class="summary">An alert fires. Read as much as you need and no more, then name the cause. The tool diagnoses the same world meanwhile.</p>`
    : html`<h1>${title}</h1><p class="summary">${story}</p>`;
}

/** The one sentence that says where the drill stands. */
export function said(state: RunState): string {
  const { phase, steps, isJudged, report, incident } = state;
  if (phase === 'failed') return `The drill has ended: ${state.problem ?? 'something went wrong'}`;
  if (phase === 'stopped') return 'The drill was stopped.';
  if (hides(state)) {
    if (!isJudged) return 'An alert has fired. The readings are being taken.';
    return `${state.rehearsal.seen} of ${count(steps.length, 'reading')} shown. The clock runs.`;
  }
  switch (phase) {
    case 'starting':
      return 'A small Azure is being started on this machine.';
    case 'reading':
      return report
        ? 'The diagnosis is there; here is how each reading led to it.'
        : 'The alert was posted. The gateway is being read.';
    case 'named':
      return `${report?.headline ?? 'The diagnosis is there.'} Apply the fix to see the recovery.`;
    case 'mending':
      return 'The fix was applied. Minutes pass quickly in the simulated world.';
    case 'verifying':
      if (isLookAsked(state)) return 'Somebody asked for another look: the gateway is being read again.';
      return incident?.state === 'recovering'
        ? 'It was well at the first look. The second look, within two minutes, decides; or ask for it now.'
        : 'Azure Monitor says that the alert is over. The gateway is being read again.';
    case 'resolved':
      return state.mendedAtMinute === undefined
        ? 'Everything was well when it was read, so the incident is over already.'
        : 'The recovery was seen. Whoever was told of the trouble was told of its end.';
  }
}

const COURSE: readonly (readonly [Phase, string])[] = [
  ['starting', 'Start'],
  ['reading', 'Alert and reading'],
  ['named', 'Cause'],
  ['mending', 'Fix'],
  ['verifying', 'Recovery'],
  ['resolved', 'Over'],
];

function course({ phase, mendedAtMinute, isJudged, report, up }: RunState): Html {
  const isLost = phase === 'failed' || phase === 'stopped';
  const reached: Phase = isLost
    ? mendedAtMinute !== undefined
      ? 'mending'
      : isJudged
        ? 'named'
        : up.includes('host') || report
          ? 'reading'
          : 'starting'
    : phase;
  const here = COURSE.findIndex(([each]) => each === reached);
  return html`<ol class="course" aria-label="Course of the drill">${COURSE.map(([each, words], index) => {
    const isDone = index < here || (phase === 'resolved' && index === here);
    const kind = isDone ? 'done' : index === here ? (isLost ? 'lost' : 'here') : '';
    const mark = isDone ? '✓ ' : '';
    return html`<li class="${kind}"${index === here && html` aria-current="step"`}>${mark}${words}${isDone && html`<span class="sr"> done</span>`}${each === reached && isLost && html`<span class="sr"> ended here</span>`}</li>`;
  })}</ol>`;
}

const UP_WORDS = [
  ['storage', 'Storage'],
  ['simulator', 'The simulated Azure'],
  ['build', 'The functions, built'],
  ['host', 'The functions, running'],
] as const;

function controls(state: RunState, base: string): Value {
  const { phase, up, mode, hostUrl, incident } = state;
  const button = (action: string, words: string, isPrimary = false) =>
    html`<form method="post" action="${base}/${action}"${action !== 'start' && html` data-stay`}><button id="do-${action}" class="button${isPrimary && ' primary'}">${words}</button></form>`;
  if (phase === 'failed' || phase === 'stopped') return html`<div class="row">${again(state, base, button)}</div>`;
  if (phase === 'starting') {
    return html`<progress class="bar" max="4" value="${up.length}" aria-label="Parts that are up"></progress><ul class="asked">${UP_WORDS.map(([part, words]) => html`<li>${up.includes(part) ? '✓' : '…'} ${words}</li>`)}</ul><div class="row">${button('stop', 'Stop')}</div>`;
  }
  const page =
    !hides(state) &&
    incident !== undefined &&
    hostUrl !== undefined &&
    html`<a href="${hostUrl}/api/web/incidents/${incident.id}" target="_blank" rel="noopener">The incident’s page</a>`;
  const next =
    phase === 'named' && !hides(state)
      ? button('mend', 'Apply the fix', true)
      : phase === 'verifying' && incident?.state === 'recovering' && !isLookAsked(state)
        ? button('look', 'Look again now', true)
        : phase === 'resolved'
          ? again(state, base, button)
          : undefined;
  return html`<div class="row">${next}${phase !== 'resolved' && button('stop', mode === 'watch' ? 'Stop' : 'Give up')}${page}</div>`;
}

function again({ mode, scenario }: RunState, base: string, button: (action: string, words: string) => Html): Value {
  if (mode === 'rehearsal') {
    return [
      button('start', 'Another one'),
      html`<a href="/board/${scenario}">This drill’s own page</a>`,
      html`<a href="/board">All drills</a>`,
    ];
  }
  return [
    html`<form method="post" action="${base}/start"><button id="do-start" class="button">Play it again</button></form>`,
    html`<a href="/board">All drills</a>`,
  ];
}

function problem({ phase, problem: reason }: RunState): Value {
  if (phase === 'failed') {
    return html`<p class="notice notice-warn" role="alert">The drill has ended before its time. ${brief(reason ?? '', 400)}</p>`;
  }
  return phase === 'stopped' && html`<p class="notice">The drill was stopped, and everything that it had started.</p>`;
}

/** The cause, in the product's words. */
function answer({ report, isJudged }: RunState): Value {
  if (!report || !isJudged) return undefined;
  const named = report.verdicts.filter(isNamed);
  const causes = [...Map.groupBy(named, ({ cause }) => cause).values()].flatMap(([best]) => best ?? []);
  if (causes.length === 0) {
    return section({
      id: 'cause',
      title: 'What it comes to',
      body: html`<div class="card"><p>${report.headline}</p></div>`,
    });
  }
  return section({
    id: 'cause',
    title: causes.length === 1 ? 'The cause' : 'The causes',
    body: html`<div class="cause-cards">${causes.slice(0, 3).map(
      ({
        cause,
        verdict,
        scope,
        fix,
      }) => html`<div class="card"><h3>${titleOf(cause)}</h3><p>${verdictPill(verdict)} ${scopeWords(scope)}.</p>
${fix.slice(0, 3).map(({ text, command }) => html`<p>${brief(text, 500)}</p>${command !== undefined && command.length < 3_000 && html`<div class="command"><pre tabindex="0"><code>${command}</code></pre></div>`}`)}</div>`,
    )}</div>`,
  });
}

function scored({ rehearsal, steps, decisive, toolTookMs = 0, report, mode }: RunState): Value {
  const { answer: given, score, tookMs = 0, seen } = rehearsal;
  if (mode !== 'rehearsal' || given === undefined || !score) return undefined;
  const step = decisive === undefined ? undefined : steps[decisive];
  const best = report?.verdicts.find(isNamed);
  return section({
    id: 'scored',
    title: score.isRight ? 'That is right' : 'That was not it',
    body: html`<div class="card"><p class="points">${score.points}<span class="sr"> points of 100</span></p>
<p>You said: ${titleOf(given)}. ${best ? html`The tool says: ${titleOf(best.cause)} (${best.verdict}).` : 'The tool names no cause.'}</p>
${table(
  'You and the tool',
  ['Measure', 'You', 'The tool'],
  [
    ['Time', seconds(tookMs), seconds(toolTookMs)],
    ['Readings', `${seen} of ${steps.length}`, `${steps.length} of ${steps.length}`],
  ],
)}
<p class="small quiet">${step ? html`The decisive reading was number ${(decisive ?? 0) + 1}, ${name(step.evidence)}: from it on the cause led, and stayed.` : 'No reading named a cause, and that is the answer.'} ${score.isRight && `60 points for the cause, ${score.forReading} for reading no more than it took, ${score.forTime} for the time.`}</p></div>`,
  });
}

function world({ world: minutes, mendedAtMinute }: RunState): Value {
  const last = minutes.at(-1);
  if (!last) return undefined;
  const { failed, requests, healthy, members } = last;
  return section({
    id: 'the-world',
    title: 'The world',
    lead: 'What really happens, minute by minute: requests, and in colour those answered with an error.',
    body: html`${worldChart(minutes, mendedAtMinute)}<ul class="counts"><li class="${failed > requests / 50 ? 'bad' : 'well'}"><b>${failed} of ${requests}</b>answered with an error in the last minute</li><li class="${healthy < members ? 'bad' : 'well'}"><b>${healthy} of ${members}</b>members healthy</li></ul>`,
  });
}

function alert({ incident, phase, gateway }: RunState): Value {
  if (phase === 'starting' || gateway === undefined) return undefined;
  const fired = incident ? describeFired(incident.signals) : [];
  return section({
    id: 'the-alert',
    title: 'The alert',
    body: html`<p>Azure Monitor posts for ${name(gateway)}: ${fired[0] === undefined ? 'on its way.' : `${brief(fired[0], 300)}.`}</p>`,
  });
}

function asked({ asked: questions, report }: RunState): Value {
  if (questions.length === 0) return undefined;
  return section({
    id: 'the-questions',
    title: 'Asked of Azure',
    lead: html`${!report && html`<span class="spin" aria-hidden="true"></span>`}Every call, as it reaches the simulated service; polls and repeats count.`,
    body: html`<ul class="asked">${questions.map(({ endpoint, times }) => html`<li>${endpoint}${times > 1 && ` × ${times}`}</li>`)}</ul>`,
  });
}

function mended({ mendedAtMinute, scenario, told, incident }: RunState): Value {
  if (mendedAtMinute === undefined) return undefined;
  const places = told?.recovery?.places ?? [];
  const since = incident?.timeline.filter(({ event }) => /state|recover|resolv|mitigat/.test(event)) ?? [];
  return section({
    id: 'the-fix',
    title: 'The fix, and what came of it',
    body: html`<p>${mendingOf(scenario).done}</p>
${
  places.length > 0 &&
  table(
    'Before and after',
    ['Place', 'Before', 'After'],
    places.map(({ place, before, after }) => [name(place), before, after]),
  )
}
${since.length > 0 && more('What the product wrote down', html`<ul class="plain">${since.slice(-8).map(({ at, reason }) => html`<li>${moment(at, 'clock')} ${brief(reason, 400)}</li>`)}</ul>`)}
<p class="small quiet">The world is the simulator’s and its minutes pass quickly after the fix. That it is over is the product’s own finding: it reads the gateway again. A look that finds everything well has to be followed by a second; out in the world five minutes lie between them, here as long as it takes.</p>`,
  });
}

function seconds(ms: number): string {
  return ms < 90_000
    ? `${(ms / 1_000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}
