import { scenarioNamed, scenarios } from '../../simulator/scenarios/index.ts';
import { type Html, html, type Value } from '../../web/layout/markup.ts';
import { name } from '../../web/layout/parts.ts';
import { shell } from '../../web/layout/shell.ts';
import { hides, partsOf, said } from './parts.ts';
import type { RunState } from './run.ts';

/** What the pages load beside the style of all pages. */
export interface BoardAssets {
  readonly style: string;
  readonly script: string;
  /** Microsoft's renderer of Adaptive Cards; absent where it is not installed. */
  readonly cards?: string;
}

export const BOARD = '/board';

function page(title: string, assets: BoardAssets, body: Value, here: 'drills' | 'other' = 'other'): Html {
  return shell({
    title,
    nav: [{ href: BOARD, text: 'Drills', isHere: here === 'drills' }],
    badge: 'drill board',
    body: html`<link rel="stylesheet" href="${assets.style}">${assets.cards !== undefined && html`<script src="${assets.cards}" defer></script>`}<script src="${assets.script}" defer></script>${body}`,
  });
}

/** Every drill as a card. */
export function indexPage(assets: BoardAssets, running: RunState | undefined): Html {
  const isRunning = running !== undefined && !['failed', 'stopped'].includes(running.phase);
  const hidden = running !== undefined && hides(running);
  return page(
    'Drills',
    assets,
    html`<h1>Break a gateway on purpose</h1>
<p class="summary">Each drill is a small world in trouble, on this machine alone. Press one and watch it break, the alert fire, the readings come in, the causes fall one by one, and the messages arrive. Then apply the fix, and see the recovery being seen.</p>
<div class="row"><form method="post" action="${BOARD}/rehearsal/start"><button id="do-rehearse" class="button primary">Rehearse one unseen</button></form><span class="quiet small">You get the readings in the order they came, and name the cause against the clock.</span></div>
${isRunning && html`<p class="notice">${hidden ? html`A rehearsal is running: <a href="${BOARD}/rehearsal">go on with it</a>.` : html`Running now: <a href="${running.mode === 'rehearsal' ? `${BOARD}/rehearsal` : `${BOARD}/${running.scenario}`}">${scenarioNamed(running.scenario).title}</a>. Another drill ends it.`}</p>`}
<section aria-labelledby="all"><h2 id="all">All ${scenarios.length} drills</h2>
<ul class="cards">${scenarios.map(
      ({ name: id, title, world }) =>
        html`<li id="card-${id}"${isRunning && !hidden && running.scenario === id && html` class="now"`}><h3>${title}</h3><p class="where">${name(world.gateway.name)}</p><div class="does"><a class="play" href="${BOARD}/${id}">Play<span class="sr"> ${title}</span></a><form method="post" action="${BOARD}/rehearsal/start"><input type="hidden" name="drill" value="${id}"><button>Rehearse<span class="sr"> ${title}</span></button></form></div></li>`,
    )}</ul></section>`,
    'drills',
  );
}

const LEFT = ['world', 'alert', 'question', 'asked', 'mended'];
const ABOVE = ['course', 'controls', 'problem', 'score', 'answer'];
const RIGHT = ['readings'];
const BELOW = ['messages'];

/** A drill that is played, or was: every part as it stands, and where the changes come from. */
export function runPage(assets: BoardAssets, state: RunState, base: string): Html {
  const { title } = scenarioNamed(state.scenario);
  const parts = new Map(partsOf(state, base).map((part) => [part.id, part.html]));
  const isHidden = hides(state);
  const place = (id: string) => html`<div id="${id}">${parts.get(id)}</div>`;
  return page(
    isHidden ? 'Rehearsal' : title,
    assets,
    html`<div data-events="${base}/events">${place('head')}
<p class="say" id="say" role="status">${said(state)}</p>
<p class="unscripted small"><a href="${base}">Load this page again</a> to see what has changed.</p>
${ABOVE.map(place)}
<div class="split"><div>${LEFT.map(place)}</div><div>${RIGHT.map(place)}</div></div>${BELOW.map(place)}</div>`,
  );
}

/** A drill that is not being played. */
export function drillPage(assets: BoardAssets, drill: string, running: RunState | undefined): Html {
  const { title, story } = scenarioNamed(drill as RunState['scenario']);
  const isRunning = running !== undefined && !['failed', 'stopped', 'resolved'].includes(running.phase);
  return page(
    title,
    assets,
    html`<h1>${title}</h1><p class="summary">${story}</p>
<div class="row"><form method="post" action="${BOARD}/${drill}/start"><button id="do-start" class="button primary">Break it</button></form><a href="${BOARD}">All drills</a></div>
${isRunning && html`<p class="say">Another drill is running; this ends it.</p>`}`,
  );
}

/** A rehearsal that is not there. */
export function noRehearsalPage(assets: BoardAssets): Html {
  return page(
    'Rehearsal',
    assets,
    html`<h1>No rehearsal is running</h1><p class="summary">A drill is picked that you are not told the name of.</p><div class="row"><form method="post" action="${BOARD}/rehearsal/start"><button id="do-rehearse" class="button primary">Rehearse one unseen</button></form><a href="${BOARD}">All drills</a></div>`,
  );
}

export function problemPage(assets: BoardAssets, message: string): Html {
  return page(message, assets, html`<h1>${message}</h1><p><a href="${BOARD}">All drills</a></p>`);
}
