import { type Answered, ask } from '../post-json.ts';
import type { SendContext } from '../sink.ts';

/** PagerDuty's REST API, and as whom it is called. */
export interface PagerDutyRest {
  /** Such as `https://api.pagerduty.com`. */
  readonly apiUrl: string;
  readonly token: string;
  /** The e-mail address of the user who notes are by. */
  readonly from: string;
}

type Asking = Pick<SendContext, 'fetch' | 'abort'>;

/** An incident has at most 2,000 notes, and a thousand alerts; what lies beyond this is not looked at. */
const ANSWER_BYTES = 1024 * 1024;

/** `triggered`, `acknowledged` or `resolved`; whatever else PagerDuty says is taken for one that is not over. */
export async function statusOfIncident(
  rest: PagerDutyRest,
  incidentId: string,
  context: Asking,
): Promise<{ readonly isOver: boolean } | Extract<Answered, { kind: 'failed' }>> {
  const answer = await get(rest, `/incidents/${incidentId}`, context);
  if (answer.kind === 'failed') return answer.status === 404 ? { isOver: true } : answer;
  const { incident } = (parse(answer.text) ?? {}) as { incident?: { status?: unknown } | null };
  return { isOver: incident?.status === 'resolved' };
}

/** The newest incident that an event of this key opened; undefined where there is none, or PagerDuty does not say. */
export async function incidentOfKey(rest: PagerDutyRest, key: string, context: Asking): Promise<string | undefined> {
  const query = new URLSearchParams({ incident_key: key, limit: '1', sort_by: 'created_at:desc' });
  const answer = await get(rest, `/incidents?${query}`, context);
  if (answer.kind === 'failed') return undefined;
  const { incidents } = (parse(answer.text) ?? {}) as { incidents?: unknown };
  const [first] = Array.isArray(incidents) ? (incidents as readonly { id?: unknown }[]) : [];
  return typeof first?.id === 'string' && /^[A-Z0-9]{4,40}$/.test(first.id) ? first.id : undefined;
}

/** The incident's alerts as PagerDuty has them: JSON of its own, bounded, or why there is none. */
export function alertsOfIncident(rest: PagerDutyRest, incidentId: string, context: Asking): Promise<Answered> {
  return get(rest, `/incidents/${incidentId}/alerts?limit=100`, context);
}

/**
 * Adds a note, once: one that ends with the same last line is there already, from an attempt whose answer was lost. Notes
 * cannot be changed or taken back.
 */
export async function addNote(
  rest: PagerDutyRest,
  incidentId: string,
  { content, marker }: { readonly content: string; readonly marker: string },
  context: Asking,
): Promise<Answered> {
  const known = await get(rest, `/incidents/${incidentId}/notes`, context);
  if (known.kind === 'failed' && known.outcome.outcome === 'retry') return known;
  if (known.kind === 'answered' && known.text.includes(JSON.stringify(marker).slice(1, -1))) return known;
  const url = `${rest.apiUrl}/incidents/${incidentId}/notes`;
  return ask(
    { method: 'POST', url, headers: { ...headersOf(rest), from: rest.from }, body: { note: { content } } },
    context,
  );
}

function get(rest: PagerDutyRest, path: string, context: Asking): Promise<Answered> {
  const url = `${rest.apiUrl}${path}`;
  return ask(
    { method: 'GET', url, headers: headersOf(rest), readsAnswer: () => true, answerBytes: ANSWER_BYTES },
    context,
  );
}

function headersOf({ token }: PagerDutyRest): Readonly<Record<string, string>> {
  return { accept: 'application/vnd.pagerduty+json;version=2', authorization: `Token token=${token}` };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
