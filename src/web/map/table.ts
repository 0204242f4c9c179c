import { brief, count, type Html, html, type Value } from '../layout/markup.ts';
import { bounded, more, name, table } from '../layout/parts.ts';
import { type Chain, healthyIn } from './chains.ts';
import { PLACE_WORDS } from './draw.ts';

/** A gateway has at most 100 pools and 100 settings in 400 rules; a page is no place to read them all. */
const MOST_ROWS = 60;
const MOST_MEMBERS = 40;
/** Members spelled out on one page, all pools together. */
const MOST_MEMBERS_IN_ALL = 400;

/** The map in words: every way through the gateway, those that fail first. */
export function mapTable(chains: readonly Chain[]): Html {
  const columns = ['Listener', 'Rule', 'Backend setting', 'Probe', 'Pool', 'Members'];
  const rows = chains
    .slice(0, MOST_ROWS)
    .map((chain): readonly Value[] => [
      chain.listener === undefined ? 'not read' : name(chain.listener),
      chain.rule === undefined
        ? 'not read'
        : [name(chain.rule), chain.paths.length > 0 && html` ${brief(chain.paths.join(', '), 120)}`],
      [
        chain.setting === undefined ? 'not read' : name(chain.setting),
        chain.settingSays !== undefined && html` <span class="quiet">${chain.settingSays}</span>`,
      ],
      [
        chain.probe === undefined ? 'not read' : name(chain.probe),
        chain.probeSays !== undefined && html` <span class="quiet">${brief(chain.probeSays, 120)}</span>`,
      ],
      name(chain.pool),
      standingOf(chain),
    ]);
  const left = chains.length - rows.length;
  return html`${table('Every way through the gateway', columns, rows)}${
    left > 0 && html`<p class="quiet">${count(left, 'further way is', 'further ways are')} left out here.</p>`
  }`;
}

function standingOf(chain: Chain): Value {
  const { isRead, members, broken } = chain;
  if (!isRead) return 'not read';
  const words = members.length === 0 ? 'the pool has no members' : `${healthyIn(chain)} of ${members.length} healthy`;
  return broken === undefined ? words : `${words}; breaks at the ${PLACE_WORDS[broken]}`;
}

/** The members that are not well, by pool, closed at first; the rest is counted. */
export function membersByPool(chains: readonly Chain[]): readonly Value[] {
  const places = new Map<string, Chain>();
  for (const chain of chains) {
    if (chain.isRead) places.set(`${chain.pool}~${chain.setting ?? ''}`.toLowerCase(), chain);
  }
  let room = MOST_MEMBERS_IN_ALL;
  const told: Value[] = [];
  let untold = 0;
  for (const chain of places.values()) {
    const bad = chain.members.filter(({ health }) => health !== 'healthy');
    if (bad.length === 0) continue;
    const most = Math.min(MOST_MEMBERS, room);
    if (most <= 0) {
      untold += 1;
      continue;
    }
    room -= Math.min(most, bad.length);
    const place = `${brief(chain.pool, 80)}~${brief(chain.setting ?? '', 80)}`;
    const items = bounded(
      bad,
      most,
      ({ address, health, says }) =>
        html`<li><p>${name(address)} <strong>${health}</strong>${says !== undefined && html`<br><span class="quiet small">${brief(says, 300)}</span>`}</p></li>`,
      (left) =>
        html`<li><p class="quiet">and ${count(left, 'more member that is', 'more members that are')} not healthy</p></li>`,
    );
    const summary = html`${name(place)}: ${bad.length} of ${count(chain.members.length, 'member')} not healthy`;
    told.push(more(summary, html`<ul class="plain">${items}</ul>`));
  }
  if (untold > 0)
    told.push(
      html`<p class="quiet">${count(untold, 'further pool has', 'further pools have')} members that are not healthy.</p>`,
    );
  return told;
}
