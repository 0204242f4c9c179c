import { brief, type Html, html, type Value } from '../layout/markup.ts';
import { more, section, table } from '../layout/parts.ts';
import { moment } from '../layout/time.ts';
import { type Mark, marksWithin, type PlotData } from '../plot/data.ts';
import { SIZES } from '../plot/option.ts';
import { incidentHref, type Links } from './links.ts';
import type { IncidentView } from './view.ts';

/** Rows of the table that says the same as the plot. */
const MOST_ROWS = 60;

export function plotSection({ plot, loaded }: IncidentView, links: Links): Value {
  if (!plot) return undefined;
  const href = (theme: string, size: string) => {
    const reading = loaded.shown === undefined ? '' : `&reading=${loaded.shown.name}`;
    return incidentHref(links, loaded.incident.id, `/plot.svg?theme=${theme}&size=${size}${reading}`);
  };
  const { wide, narrow } = SIZES;
  const outside = plot.marks.filter((mark) => !marksWithin(plot).includes(mark));
  return section({
    id: 'plot',
    title: 'How it went',
    body: html`<figure class="card"><picture>
<source media="(max-width: 600px) and (prefers-color-scheme: dark)" srcset="${href('dark', 'narrow')}" width="${narrow.width}" height="${narrow.height}">
<source media="(max-width: 600px)" srcset="${href('light', 'narrow')}" width="${narrow.width}" height="${narrow.height}">
<source media="(prefers-color-scheme: dark)" srcset="${href('dark', 'wide')}" width="${wide.width}" height="${wide.height}">
<img src="${href('light', 'wide')}" width="${wide.width}" height="${wide.height}" alt="${altOf(plot)}">
</picture><figcaption>${plot.marks.map((mark, index) => [index > 0 && ' · ', markWords(mark)])}${
      outside.length > 0 && ' (not all of it is within the time of the plot)'
    }.</figcaption></figure>${more('The plot as a table', tableOf(plot))}`,
  });
}

function markWords({ label, at }: Mark): Html {
  return html`${label.charAt(0).toUpperCase()}${label.slice(1)} ${moment(new Date(at).toISOString())}`;
}

function altOf(plot: PlotData): string {
  const panels = [plot.hosts, plot.failures, plot.backendTime].filter((panel) => panel !== undefined);
  const said = panels.flatMap(({ title, lines }) =>
    lines.map(({ name, points }) => {
      const values = points.map(([, value]) => value);
      const [first, last] = [values[0] ?? 0, values.at(-1) ?? 0];
      return `${brief(title, 120)}, ${name}: from ${round(first)} to ${round(last)}, at most ${round(values.reduce((most, value) => Math.max(most, value), 0))}`;
    }),
  );
  return `Plot over time. ${said.join('. ')}.`;
}

function tableOf(plot: PlotData): Html {
  const panels = [plot.hosts, plot.failures, plot.backendTime].filter((panel) => panel !== undefined);
  const lines = panels.flatMap(({ lines: own }) => own);
  const times = [...new Set(lines.flatMap(({ points }) => points.map(([time]) => time)))].sort(
    (left, right) => left - right,
  );
  const values = lines.map(({ points }) => new Map(points));
  const shown = times.slice(-MOST_ROWS);
  return html`${table(
    'The values of the plot by minute',
    ['Time', ...lines.map(({ name }) => name)],
    shown.map((time) => [
      moment(new Date(time).toISOString(), 'clock'),
      ...values.map((each) => round(each.get(time))),
    ]),
  )}${times.length > shown.length && html`<p class="quiet">The ${shown.length} newest minutes of ${times.length}.</p>`}`;
}

function round(value: number | undefined): string {
  return value === undefined ? '–' : String(Math.round(value * 100) / 100);
}
