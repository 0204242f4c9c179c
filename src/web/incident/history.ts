import type { TimelineEntry } from '../../core/incident.ts';
import { brief, count, type Html, html, type Value } from '../layout/markup.ts';
import { more, name, section, table } from '../layout/parts.ts';
import { day, moment } from '../layout/time.ts';
import { apiHref, incidentHref, type Links } from './links.ts';
import type { IncidentView } from './view.ts';

/** A night of looks is folded: the beginning and the end say most. */
const FIRST_LINES = 6;
const LAST_LINES = 12;
const MOST_READINGS = 30;

/** Before and after, side by side. */
export function recoverySection({ recovery, loaded }: IncidentView): Value {
  if (!recovery || recovery.places.length === 0) return undefined;
  const isOver = loaded.incident.state === 'resolved';
  return section({
    id: 'recovery',
    title: isOver ? 'Before and after' : 'Before and now',
    body: table(
      'Each place that was in trouble, before and after',
      ['Place', 'Before', isOver ? 'After' : 'Now'],
      recovery.places
        .slice(0, 60)
        .map(({ place, before, after }) => [name(place), brief(before, 300), brief(after, 300)]),
    ),
  });
}

/** What was read, round by round, and what came of each reading. */
export function readingSection({ loaded }: IncidentView, links: Links): Value {
  const { shown, incident } = loaded;
  if (!shown) return undefined;
  const { rounds, ended, evidence } = shown.report;
  const told = rounds.slice(0, 10).map(({ number, asked, changed }) => {
    const what =
      asked.length === 0
        ? 'What every incident needs was read.'
        : html`${asked.map(({ evidence: item, causes }, index) => [index > 0 && '; ', name(item), ' for ', causes.slice(0, 5).map((cause, at) => [at > 0 && ', ', name(cause)]), causes.length > 5 && ' and more'])}.`;
    return html`<li><p><strong>Round ${number}.</strong> ${what}${
      number > 1 &&
      html`<br><span class="quiet">${changed.length === 0 ? 'It changed nothing.' : `${brief(changed.join('; '), 600)}.`}</span>`
    }</p></li>`;
  });
  const rows = evidence.slice(0, 60).map((item): readonly Value[] => {
    const isThere = item.state === 'ok' || item.state === 'empty';
    const href = apiHref(
      `/incidents/${encodeURIComponent(incident.id)}/snapshot/${encodeURIComponent(item.name)}?reading=${shown.name}`,
    );
    return [
      isThere && links.toEverything ? html`<a href="${href}">${name(item.name)}</a>` : name(item.name),
      html`<span class="${item.state === 'failed' ? 'severity-warning' : ''}">${STATE_WORDS[item.state]}</span>`,
      [
        item.reason !== undefined && brief(item.reason, 400),
        item.reason === undefined &&
          item.tookMs !== undefined &&
          html`<span class="quiet">in ${seconds(item.tookMs)}</span>`,
      ],
    ];
  });
  const failed = evidence.filter(({ state }) => state === 'failed');
  return section({
    id: 'reading',
    title: 'What was read',
    lead: html`${count(evidence.length, 'reading')} at ${moment(shown.manifest.takenAt)}. ${brief(ended, 300)}`,
    body: [
      html`<ul class="plain">${told}</ul>`,
      failed.length > 0 &&
        html`<ul class="plain">${failed.slice(0, 20).map((item) => html`<li><p>${name(item.name)} <strong class="severity-warning">failed</strong>: ${brief(item.reason ?? 'no reason was given', 400)}</p></li>`)}</ul>`,
      more('Every reading', table('Every reading', ['Reading', 'State', 'Reason'], rows)),
    ],
  });
}

const STATE_WORDS = { ok: 'read', empty: 'empty', failed: 'failed', skipped: 'not asked' } as const;

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export function timelineSection({ loaded }: IncidentView): Html {
  const { timeline } = loaded.incident;
  const isLong = timeline.length > FIRST_LINES + LAST_LINES + 2;
  const begin = isLong ? timeline.slice(0, FIRST_LINES) : timeline;
  const middle = isLong ? timeline.slice(FIRST_LINES, -LAST_LINES) : [];
  const end = isLong ? timeline.slice(-LAST_LINES) : [];
  return section({
    id: 'timeline',
    title: 'Timeline',
    lead: 'Every decision with its reason, in UTC.',
    body: [
      timeline.length === 0 && html`<p class="quiet">Nothing was decided yet.</p>`,
      begin.length > 0 && lines(begin),
      middle.length > 0 && more(`${count(middle.length, 'line')} in between`, lines(middle)),
      end.length > 0 && lines(end),
    ],
  });
}

function lines(entries: readonly TimelineEntry[]): Html {
  return html`<ol class="timeline">${entries.map(({ at, event, reason }, index) => {
    const isNewDay = index > 0 && entries[index - 1]?.at.slice(0, 10) !== at.slice(0, 10);
    return html`<li><div>${moment(at, 'clock')}${isNewDay && html`<br><span class="day">${day(at)}</span>`}</div><div><span class="event">${brief(event.replaceAll('-', ' '), 60)}</span><br>${brief(reason, 800)}</div></li>`;
  })}</ol>`;
}

export function downloadsSection({ loaded }: IncidentView, links: Links): Value {
  const { incident, shown, readings } = loaded;
  if (!links.toEverything) {
    return section({
      id: 'downloads',
      title: 'Downloads',
      body: html`<p class="quiet">The link of a message shows this page alone. Sign in to download what was read. Incident ${name(incident.id)}.</p>`,
    });
  }
  const id = encodeURIComponent(incident.id);
  const of = shown === undefined ? '' : `?reading=${shown.name}`;
  const files: readonly (readonly [string, string, string])[] = [
    ...(shown === undefined
      ? []
      : [
          [
            incidentHref(links, incident.id, `/snapshot.zip${of}`),
            'Everything that was read',
            'a folder for appgw-triage diagnose, zipped',
          ] as const,
          [apiHref(`/incidents/${id}/diagnosis${of}`), 'The diagnosis', 'JSON'] as const,
        ]),
    [apiHref(`/incidents/${id}`), 'The incident', 'JSON'],
  ];
  const others = readings.filter((reading) => reading !== shown?.name).toReversed();
  return section({
    id: 'downloads',
    title: 'Downloads',
    body: [
      html`<ul class="plain">${files.map(([href, text, note]) => html`<li><p><a href="${href}">${text}</a> <span class="quiet">${note}</span></p></li>`)}</ul>`,
      others.length > 0 &&
        more(
          `${count(others.length, 'other reading')} of this incident`,
          html`<ul class="plain">${others.slice(0, MOST_READINGS).map((reading) => html`<li><a href="${incidentHref(links, incident.id, `?reading=${encodeURIComponent(reading)}`)}">${readingWords(reading)}</a></li>`)}</ul>${others.length > MOST_READINGS && html`<p class="quiet">The older ones are in the storage.</p>`}`,
        ),
      html`<p class="quiet small">Incident ${name(incident.id)}</p>`,
    ],
  });
}

/** `20260914T023000000Z` as `14 Sep 02:30 UTC`. */
function readingWords(reading: string): Html {
  const [, year, month, date, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(reading) ?? [];
  if (year === undefined) return html`${brief(reading, 40)}`;
  return moment(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`);
}
