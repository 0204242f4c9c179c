import type { Silence } from '../core/silence.ts';
import { newPage } from './page.ts';
import type { Screen } from './screen.ts';

/** Lists of what an installation has stored, for a terminal of any width. Pure. */

const INDENT = 4;

export function silencesText(silences: readonly Silence[], screen: Screen): string {
  const page = newPage(screen);
  for (const { id, from, until, author, reason, gateway, pool, cause } of silences) {
    const about = [gateway, pool && `pool ${pool}`, cause && `cause ${cause}`].filter(Boolean).join(', ');
    page.text(`${id}  ${shortTime(from)} to ${shortTime(until)} UTC`, { styles: ['bold'] });
    page.text(about === '' ? 'everything' : about, { indent: INDENT });
    page.text(`${author}: ${reason}`, { indent: INDENT });
  }
  if (silences.length === 0) page.text('No silences.');
  return page.toString();
}

export interface Letter {
  readonly at?: string;
  readonly message: { readonly sink: string; readonly incidentId: string; readonly revision: number };
  readonly reason: string;
}

export function lettersText(letters: readonly Letter[], screen: Screen): string {
  const page = newPage(screen);
  for (const { at, message, reason } of letters) {
    page.text(`${message.sink}  ${at === undefined ? 'at an unknown time' : `${shortTime(at)} UTC`}`, {
      styles: ['bold'],
    });
    page.text(`message ${message.revision} of incident ${message.incidentId}`, { indent: INDENT });
    page.text(reason, { indent: INDENT });
  }
  page.gap();
  page.text(letters.length === 0 ? 'No dead letters.' : `${letters.length} dead letters.`);
  return page.toString();
}

/** `2026-09-14 02:10`; anything that is no such time stays as it is. */
function shortTime(at: string): string {
  return at.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):.*Z$/, '$1 $2');
}
