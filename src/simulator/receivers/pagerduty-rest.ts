import { createHash } from 'node:crypto';
import { type Delivery, isRecord, type Judgement, type Receiver } from './receiver.ts';

/** Notes of one incident. */
const MOST_NOTES = 2_000;
const MOST_BYTES = 1024 * 1024;
/** Incidents whose notes are remembered. */
const MOST_INCIDENTS = 1_000;

interface Note {
  readonly id: string;
  readonly content: string;
  readonly created_at: string;
}

/**
 * The part of PagerDuty's REST API that is about one incident: the incident, its alerts and its notes. Every id is an
 * incident's, as another monitor would have opened it about the gateway of the scenario; one that begins with `QGONE` is
 * nobody's, and one that begins with `QDONE` is resolved. A token that begins with `revoked` is refused.
 */
export function createPagerDutyRest(gatewayId: string, now: () => Date): Receiver {
  const notes = new Map<string, Note[]>();
  const notesOf = (id: string) => {
    const known = notes.get(id) ?? [];
    notes.set(id, known);
    const [oldest] = notes.keys();
    if (notes.size > MOST_INCIDENTS && oldest !== undefined) notes.delete(oldest);
    return known;
  };

  const addNote = (id: string, { json, from, bytes }: Delivery): Judgement => {
    if (!/^[^@\s]+@[^@\s]+$/.test(from ?? '')) return refuse(400, 1008, 'Requester User Not Found');
    const note = isRecord(json) ? json.note : undefined;
    const content = isRecord(note) ? note.content : undefined;
    if (typeof content !== 'string' || content.trim() === '' || bytes > MOST_BYTES) {
      return refuse(400, 2001, 'Invalid Input Provided');
    }
    const known = notesOf(id);
    if (known.length >= MOST_NOTES) return refuse(400, 2019, 'Product Limit Reached');
    const added = { id: `N${id}${known.length + 1}`, content, created_at: now().toISOString() };
    known.push(added);
    return { answer: { status: 201, body: { note: added } } };
  };

  return (delivery) => {
    const { method, path, authorization } = delivery;
    const action = method === 'POST' ? { action: 'note' } : {};
    if (method === 'GET' && path === '/pagerduty/incidents' && isKnown(authorization)) return incidentsOf(delivery);
    const [, id = '', part] = /^\/pagerduty\/incidents\/([A-Z0-9]{6,20})(?:\/(alerts|notes))?$/.exec(path) ?? [];
    if (!isKnown(authorization)) return { ...refuse(401, 2006, 'Authentication failed'), ...action };
    if (id === '' || id.startsWith('QGONE')) return { ...refuse(404, 2100, 'Not Found'), ...action };
    if (method === 'POST') {
      return { ...(part === 'notes' ? addNote(id, delivery) : refuse(404, 2100, 'Not Found')), ...action };
    }
    if (part === 'notes') return { answer: { status: 200, body: { notes: notesOf(id).toReversed() } } };
    if (part === 'alerts') return { answer: { status: 200, body: alertsOf(id, gatewayId) } };
    const status = id.startsWith('QDONE') ? 'resolved' : 'triggered';
    return { answer: { status: 200, body: { incident: { id, type: 'incident', status, title: 'Orders are down' } } } };
  };
}

function isKnown(authorization: string | undefined): boolean {
  const [, token] = /^Token token=(.+)$/.exec(authorization ?? '') ?? [];
  return token !== undefined && !token.startsWith('revoked');
}

/** The incident that an event of this key opened. It always has one: what was triggered is not looked up. */
function incidentsOf({ query }: Delivery): Judgement {
  const key = query.get('incident_key');
  const id = `QKEY${createHash('sha256')
    .update(key ?? '')
    .digest('hex')
    .slice(0, 8)
    .toUpperCase()}`;
  const incidents = key === null ? [] : [{ id, type: 'incident', status: 'triggered', incident_key: key }];
  return { answer: { status: 200, body: { incidents, limit: 1, offset: 0, more: false, total: null } } };
}

/** What another monitor knows: the gateway stands deep in what it was sent by Azure. */
function alertsOf(incidentId: string, gatewayId: string) {
  const alert = {
    id: `A${incidentId}`,
    type: 'alert',
    summary: 'Azure: Fired:Sev1 orders',
    status: 'triggered',
    alert_key: `azure-${incidentId}`,
    body: {
      type: 'alert_body',
      contexts: [{ type: 'link', href: 'https://portal.azure.com/' }],
      details: { data: { essentials: { severity: 'Sev1', alertTargetIDs: [gatewayId.toLowerCase()] } } },
    },
  };
  return { alerts: [alert], limit: 100, offset: 0, more: false, total: null };
}

function refuse(status: number, code: number, message: string): Judgement {
  return { answer: { status, body: { error: { message, code } } }, refusal: message };
}
