import { brief, type Html, html } from './markup.ts';

/** `14 Sep 02:31 UTC`, for people; the machine's form beside it. A text that is no time is shown as it came. */
export function moment(at: string | undefined, style: 'whole' | 'clock' = 'whole'): Html {
  const time = Date.parse(at ?? '');
  if (at === undefined || Number.isNaN(time)) return html`${brief(at ?? 'unknown', 40)}`;
  const iso = new Date(time).toISOString();
  const clock = iso.slice(11, 16);
  const words = style === 'clock' ? clock : `${day(iso)} ${clock} UTC`;
  return html`<time datetime="${iso}" title="${iso.slice(0, 19).replace('T', ' ')} UTC">${words}</time>`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `14 Sep` */
export function day(iso: string): string {
  return `${Number(iso.slice(8, 10))} ${MONTHS[Number(iso.slice(5, 7)) - 1] ?? ''}`;
}

/** `46 min`, `2 h 1 min`, `3 d 4 h`; empty where the times are none, or the wrong way round. */
export function span(from: string | undefined, to: string | undefined): string {
  const minutes = Math.round((Date.parse(to ?? '') - Date.parse(from ?? '')) / 60_000);
  if (!Number.isFinite(minutes) || minutes < 0) return '';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1_440)} d ${Math.floor((minutes % 1_440) / 60)} h`;
}
