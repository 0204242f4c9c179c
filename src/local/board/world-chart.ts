import { type Html, html } from '../../web/layout/markup.ts';
import type { WorldMinute } from './world-view.ts';

const WIDTH = 520;
const HEIGHT = 150;
const TOP = 18;
const BASE = 128;
const GAP = 3;

/** The world's last minutes: a bar for the requests of each, the part that failed in another colour, and the members. */
export function worldChart(minutes: readonly WorldMinute[], mendedAt: number | undefined): Html {
  const most = Math.max(1, ...minutes.map(({ requests }) => requests));
  const step = WIDTH / Math.max(1, minutes.length);
  const height = (count: number) => ((BASE - TOP) * count) / most;
  const first = minutes[0]?.minute ?? 0;
  const bars = minutes.map(({ requests, failed }, index) => {
    const x = round(index * step + GAP / 2);
    const width = round(step - GAP);
    const bad = round(failed === 0 ? 0 : Math.max(1, height(failed)));
    const good = round(Math.max(0, height(requests) - bad));
    return html`<rect class="ok" x="${x}" y="${round(BASE - good)}" width="${width}" height="${good}" rx="1.5"/><rect class="failed" x="${x}" y="${round(BASE - good - bad)}" width="${width}" height="${bad}" rx="1.5"/>`;
  });
  const mend = mendedAt === undefined ? undefined : round((mendedAt - first) * step);
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${described(minutes, mendedAt)}" class="world">
<line x1="0" x2="${WIDTH}" y1="${BASE}" y2="${BASE}"/>${bars}
${mend !== undefined && mend >= 0 && mend < WIDTH && html`<line class="mended" x1="${mend}" x2="${mend}" y1="4" y2="${BASE}"/><text x="${Math.min(mend + 5, WIDTH - 50)}" y="12">mended</text>`}
<text x="0" y="${HEIGHT - 4}">${minutes.length} minutes</text><text x="${WIDTH}" y="${HEIGHT - 4}" text-anchor="end">now</text></svg>`;
}

function described(minutes: readonly WorldMinute[], mendedAt: number | undefined): string {
  const last = minutes.at(-1);
  if (!last) return 'Nothing has happened yet.';
  const failing = minutes.filter(({ failed }) => failed > 0).length;
  return `Requests of the last ${minutes.length} minutes. In ${failing} of them some failed. In the last one ${last.failed} of ${last.requests} failed, and ${last.healthy} of ${last.members} members were healthy.${mendedAt === undefined ? '' : ' The world was mended.'}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
