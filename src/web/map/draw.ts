import { brief, type Html, html } from '../layout/markup.ts';
import { type Chain, healthyIn } from './chains.ts';
import type { Place } from './places.ts';

/**
 * The map as two drawings of the same chains: side by side where there is room, from top to bottom on a phone. Only one of
 * them is shown. Colours and fonts come from the page's style; a table beside it says the same in words.
 */

/** What a drawing can hold and still be read at a glance; all chains are in the table. */
const MOST_FLAT = 4;
const MOST_TALL = 2;
const MOST_MEMBERS = 4;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Node extends Box {
  readonly kind: string;
  readonly name: string;
  readonly note?: string;
  readonly look: 'bad' | 'fine' | 'plain' | 'unsure';
}

/** A letter of the monospaced font at 12 px, and of the small notes. In pixels. */
const LETTER = 7.25;
const SMALL_LETTER = 6;
const NODE_HEIGHT = 44;
const NOTED_HEIGHT = 58;
const MEMBER_HEIGHT = 28;

export function drawMap(chains: readonly Chain[], gateway: string): Html {
  const shown = chains.filter(({ standing }) => standing !== 'fine');
  const drawn = shown.length > 0 ? shown : chains;
  const words = altOf(drawn[0], gateway);
  return html`<div class="flat">${flat(drawn.slice(0, MOST_FLAT), gateway, words)}</div><div class="tall">${tall(
    drawn.slice(0, MOST_TALL),
    gateway,
    words,
  )}</div>`;
}

function altOf(chain: Chain | undefined, gateway: string): string {
  if (!chain) return `Map of ${brief(gateway, 80)}`;
  const steps = [chain.listener, chain.rule, chain.setting, chain.pool].filter((step) => step !== undefined);
  const end = chain.isRead ? `${healthyIn(chain)} of ${chain.members.length} members healthy` : 'members not read';
  const broken = chain.broken === undefined ? '' : ` The chain breaks at the ${PLACE_WORDS[chain.broken]}.`;
  return `${steps.map((step) => brief(step, 60)).join(' to ')}: ${end}.${broken} The table below has every way.`;
}

export const PLACE_WORDS = {
  gateway: 'gateway',
  listener: 'listener',
  rule: 'rule',
  setting: 'backend setting',
  probe: 'probe',
  pool: 'backend pool',
  way: 'way to the members',
  members: 'members',
} as const satisfies Record<Place, string>;

const FLAT_WIDTH = 980;
const COLUMNS = { listener: 0, rule: 184, setting: 368, pool: 586, members: 790 } as const;
const WIDTHS = { listener: 154, rule: 154, setting: 188, pool: 154, members: 190 } as const;

function flat(chains: readonly Chain[], gateway: string, words: string): Html {
  const parts: Html[] = [];
  let y = 0;
  if (chains.some(({ broken }) => broken === 'gateway')) {
    parts.push(
      drawNode({ x: 1, y: 1, width: FLAT_WIDTH - 2, height: NODE_HEIGHT, kind: 'Gateway', name: gateway, look: 'bad' }),
    );
    y = NODE_HEIGHT + 18;
  }
  for (const chain of chains) {
    const { setting, probe } = settingNodes(chain);
    const settingHeight = setting.note === undefined ? NODE_HEIGHT : NOTED_HEIGHT;
    const probeHeight = probe === undefined ? 0 : NOTED_HEIGHT + 12;
    const members = memberNodes(chain, { x: COLUMNS.members + 1, width: WIDTHS.members - 2 });
    const height = Math.max(settingHeight + probeHeight, members.length * (MEMBER_HEIGHT + 6) - 6, NODE_HEIGHT) + 2;
    const middle = y + height / 2;
    const at = (
      column: keyof typeof COLUMNS,
      node: Omit<Node, keyof Box>,
      size: number,
      top = middle - size / 2,
    ): Node => ({
      ...node,
      x: COLUMNS[column] + 1,
      y: top,
      width: WIDTHS[column] - 2,
      height: size,
    });
    const top = middle - (settingHeight + probeHeight) / 2;
    const settingNode = at('setting', setting, settingHeight, top);
    const probeNode = probe && at('setting', probe, NOTED_HEIGHT, top + settingHeight + 12);
    const listener =
      chain.listener === undefined ? undefined : at('listener', plainNode('Listener', chain.listener), NODE_HEIGHT);
    const rule = chain.rule === undefined ? undefined : at('rule', ruleNode(chain), NODE_HEIGHT);
    const pool = at('pool', poolNode(chain), NODE_HEIGHT);
    const memberTop = middle - (members.length * (MEMBER_HEIGHT + 6) - 6) / 2;
    const placed = members.map((member, index) => ({ ...member, y: memberTop + index * (MEMBER_HEIGHT + 6) }));
    const isBad = chain.standing === 'broken' || chain.standing === 'failing';
    const links = [
      ...(listener && rule ? [across(listener, rule)] : []),
      ...(rule ? [across(rule, settingNode)] : []),
      across(settingNode, pool),
      ...placed.map((member) => across(pool, member, isBad && member.isDown)),
    ];
    const cross = isBad && placed.some(({ isDown }) => isDown) ? [drawCross(COLUMNS.members - 25, middle)] : [];
    const nodes = [listener, rule, settingNode, probeNode, pool, ...placed].filter((node) => node !== undefined);
    parts.push(...links, ...nodes.map(drawNode), ...cross);
    y += height + 26;
  }
  return picture(FLAT_WIDTH, Math.max(NODE_HEIGHT, y - 26) + 2, words, parts);
}

const TALL_WIDTH = 320;

function tall(chains: readonly Chain[], gateway: string, words: string): Html {
  const parts: Html[] = [];
  let y = 1;
  const box = { x: 1, width: TALL_WIDTH - 2 };
  if (chains.some(({ broken }) => broken === 'gateway')) {
    parts.push(drawNode({ ...box, y, height: NODE_HEIGHT, kind: 'Gateway', name: gateway, look: 'bad' }));
    y += NODE_HEIGHT + 20;
  }
  for (const chain of chains) {
    const { setting, probe } = settingNodes(chain);
    const steps = [
      ...(chain.listener === undefined ? [] : [plainNode('Listener', chain.listener)]),
      ...(chain.rule === undefined ? [] : [ruleNode(chain)]),
      setting,
      ...(probe === undefined ? [] : [probe]),
      poolNode(chain),
    ];
    for (const step of steps) {
      const height = step.note === undefined ? NODE_HEIGHT : NOTED_HEIGHT;
      parts.push(drawNode({ ...box, ...step, y, height }));
      y += height;
      const isLast = step === steps.at(-1);
      const isBad = isLast && chain.standing !== 'fine' && chain.standing !== 'unread';
      parts.push(html`<path${isBad && html` class="bad"`} d="M160 ${y}V${y + 20}"/>`);
      if (isBad) parts.push(drawCross(160, y + 10));
      y += 20;
    }
    for (const member of memberNodes(chain, box)) {
      parts.push(drawNode({ ...member, y }));
      y += MEMBER_HEIGHT + 6;
    }
    y += 22;
  }
  return picture(TALL_WIDTH, Math.max(NODE_HEIGHT, y - 26), words, parts);
}

function plainNode(kind: string, name: string): Omit<Node, keyof Box> {
  return { kind, name, look: 'plain' };
}

function ruleNode({ rule = '', paths, broken }: Chain): Omit<Node, keyof Box> {
  const [path] = paths;
  const more = paths.length > 1 ? ` +${paths.length - 1}` : '';
  return {
    kind: path === undefined ? 'Rule' : `Rule, ${path}${more}`,
    name: rule,
    look: broken === 'rule' ? 'bad' : 'plain',
  };
}

function settingNodes({ setting, settingSays, probe, probeSays, broken }: Chain) {
  const node = {
    kind: 'Backend setting',
    name: setting ?? 'not read',
    ...(settingSays === undefined ? {} : { note: settingSays }),
    look: broken === 'setting' ? 'bad' : 'plain',
  } as const;
  if (probe === undefined) return { setting: node, probe: undefined };
  const look = broken === 'probe' ? 'bad' : 'plain';
  return { setting: node, probe: { kind: 'Probe', name: probe, note: probeSays ?? '', look } as const };
}

function poolNode(chain: Chain): Omit<Node, keyof Box> {
  const { pool, broken, isRead, members } = chain;
  const isEmpty = isRead && members.length === 0;
  const kind = isRead && !isEmpty ? `Pool, ${healthyIn(chain)} of ${members.length} healthy` : 'Pool';
  return { kind, name: pool, look: broken === 'pool' || isEmpty ? 'bad' : 'plain' };
}

function memberNodes({ members, isRead }: Chain, { x, width }: Pick<Box, 'x' | 'width'>) {
  const box = { x, width, y: 0, height: MEMBER_HEIGHT, kind: '' } as const;
  if (members.length === 0) {
    const name = isRead ? 'no members' : 'members not read';
    return [{ ...box, name, look: isRead ? 'bad' : 'unsure', isDown: isRead }] as const;
  }
  const shown = members.length > MOST_MEMBERS ? members.slice(0, MOST_MEMBERS - 1) : members;
  const nodes = shown.map(({ address, health }) => {
    const isDown = health === 'unhealthy' || health === 'partial';
    const mark = isDown ? '✕ ' : health === 'healthy' ? '✓ ' : '? ';
    const look = isDown ? ('bad' as const) : health === 'healthy' ? ('fine' as const) : ('unsure' as const);
    return { ...box, name: `${mark}${address}`, look, isDown };
  });
  const left = members.length - shown.length;
  if (left === 0) return nodes;
  const rest = members.slice(shown.length);
  const down = rest.filter(({ health }) => health !== 'healthy').length;
  const look = down > 0 ? ('bad' as const) : ('fine' as const);
  return [...nodes, { ...box, name: `+ ${left} more, ${left - down} healthy`, look, isDown: down > 0 }];
}

function drawNode({ x, y, width, height, kind, name, note, look }: Node): Html {
  const room = Math.floor((width - 20) / LETTER);
  const small = Math.floor((width - 20) / SMALL_LETTER);
  const top = kind === '' ? y + height / 2 + 4 : y + 34;
  return html`<g class="${look}"><title>${kind === '' ? '' : `${brief(kind, 120)}: `}${brief(name, 200)}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>${
    kind !== '' && html`<text class="kind" x="${x + 10}" y="${y + 17}">${brief(kind, small)}</text>`
  }<text x="${x + 10}" y="${top}">${brief(name, room)}</text>${
    note !== undefined && html`<text class="note" x="${x + 10}" y="${y + 50}">${brief(note, small)}</text>`
  }</g>`;
}

function across(from: Box, to: Box, isBad = false): Html {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  const half = (x1 + x2) / 2;
  return html`<path${isBad && html` class="bad"`} d="M${x1} ${y1}C${half} ${y1} ${half} ${y2} ${x2} ${y2}"/>`;
}

function drawCross(x: number, y: number): Html {
  return html`<circle cx="${x}" cy="${y}" r="8"/><path class="cross" d="M${x - 3} ${y - 3}L${x + 3} ${y + 3}M${x + 3} ${y - 3}L${x - 3} ${y + 3}"/>`;
}

function picture(width: number, height: number, words: string, parts: readonly Html[]): Html {
  return html`<svg viewBox="0 0 ${width} ${Math.ceil(height)}" role="img" aria-label="${words}">${parts}</svg>`;
}
