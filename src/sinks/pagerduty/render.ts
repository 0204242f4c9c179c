import type { Notification, NotifiedChange } from '../../core/notification.ts';
import { cleanText, cleanTextWithin, cutText, utf8Bytes } from '../clean.ts';
import { shorten } from '../shorten.ts';
import { moreOf, type Section, type Story, textOf } from '../story.ts';
import { tellStory } from '../tell-story.ts';

/** Events without their routing key, which is a secret and joins them when they are sent; or why there is none. */
export type PagerDutyMessage =
  | { readonly kind: 'event'; readonly event: PagerDutyEvent; readonly note: string; readonly change?: PagerDutyChange }
  /** PagerDuty has an incident of its own: it gets the note, and the event only where that incident is over. */
  | {
      readonly kind: 'note';
      readonly pagerdutyIncidentId: string;
      readonly note: string;
      readonly event: PagerDutyEvent;
      readonly change?: PagerDutyChange;
    }
  | { readonly kind: 'nothing'; readonly reason: string };

/** A change for the Events API v2, told once for each incident; `key` says which one it is. */
export interface PagerDutyChange {
  readonly key: string;
  readonly event: {
    readonly payload: {
      readonly summary: string;
      readonly source: string;
      readonly timestamp?: string;
      readonly custom_details: Readonly<Record<string, string>>;
    };
    readonly links: readonly { readonly href: string; readonly text: string }[];
  };
}

/** The subset of the Events API v2 in use. */
export type PagerDutyEvent =
  | {
      readonly event_action: 'trigger';
      readonly dedup_key: string;
      readonly client: 'appgw-triage';
      readonly payload: {
        readonly summary: string;
        readonly source: string;
        readonly severity: Notification['severity'];
        readonly timestamp?: string;
        readonly component?: string;
        readonly group?: string;
        readonly class?: string;
        readonly custom_details: Readonly<Record<string, Detail>>;
      };
      readonly links: readonly { readonly href: string; readonly text: string }[];
      readonly images?: readonly { readonly src: string; readonly href?: string; readonly alt: string }[];
    }
  | { readonly event_action: 'resolve'; readonly dedup_key: string };

type Detail = string | readonly string[];

/** PagerDuty's limits: characters, and bytes of the whole event with room for the routing key. */
export const PAGERDUTY_LIMITS = { summary: 1_024, dedupKey: 255, eventBytes: 500_000 } as const;

const ROOM = { addresses: 50, items: 50, causes: 6, commandLength: 4_000 } as const;
const FIELD_LENGTH = 255;
/** PagerDuty documents none for a note; people read notes on a phone, and commands have to stay whole. */
const NOTE_LENGTH = 6_000;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

export function renderPagerDuty(notification: Notification): PagerDutyMessage {
  const { kind } = notification;
  if (kind === 'test') return { kind: 'nothing', reason: 'A test notification pages nobody.' };
  if (kind === 'digest') return { kind: 'nothing', reason: 'What an audit found can wait until the morning.' };
  const dedup_key = dedupKey(notification.incidentId);
  const story = tellStory(notification, ROOM);
  const marker = markerOfNote(notification);
  const note = shorten(
    story,
    (shown) => noteText(shown, marker),
    (text) => text.length <= NOTE_LENGTH,
  );
  const event: PagerDutyEvent =
    kind === 'resolved'
      ? { event_action: 'resolve', dedup_key }
      : shorten(
          story,
          (shown) => trigger(notification, dedup_key, shown),
          (rendered) => utf8Bytes(JSON.stringify(rendered)) <= PAGERDUTY_LIMITS.eventBytes,
        );
  const change = notification.nearestChange && changeOf(notification, notification.nearestChange, story);
  const told = { event, note, ...(change ? { change } : {}) };
  const { pagerdutyIncidentId } = notification;
  return pagerdutyIncidentId !== undefined && PAGERDUTY_ID.test(pagerdutyIncidentId)
    ? { kind: 'note', pagerdutyIncidentId, ...told }
    : { kind: 'event', ...told };
}

const PAGERDUTY_ID = /^[A-Z0-9]{4,40}$/;

/** The last line of a note. By it a note is found again, so that a repeat of its delivery does not add it twice. */
function markerOfNote({ incidentId, revision }: Notification): string {
  return `appgw-triage, incident ${field(incidentId) ?? 'without an id'}, message ${revision}.`;
}

export function lastLineOf(note: string): string {
  return note.slice(note.lastIndexOf('\n') + 1);
}

function noteText({ headline, facts, sections, link, page }: Story, marker: string): string {
  const told = sections.flatMap((section) => {
    const detail = sectionDetail(section);
    return ['', unlinked(section.title), ...(typeof detail === 'string' ? [detail] : detail)];
  });
  const lines = [
    unlinked(headline),
    ...facts.map(unlinked),
    ...told,
    '',
    ...(page ? [page.url] : []),
    ...(link ? [link.url] : []),
    marker,
  ];
  return lines.join('\n');
}

function changeOf({ gateway }: Notification, change: NotifiedChange, { link }: Story): PagerDutyChange {
  const { at, what, by, property, before, after, sentence } = change;
  const summary = cutText(unlinked(cleanText(what)), PAGERDUTY_LIMITS.summary) || 'A resource was changed';
  return {
    key: fnv1a([at, what, property].join('|')),
    event: {
      payload: {
        summary,
        source: field(gateway.id) ?? field(gateway.name) ?? 'application gateway',
        ...(ISO_TIME.test(at) && !Number.isNaN(Date.parse(at)) ? { timestamp: at } : {}),
        custom_details: {
          ...optional('By', by),
          ...optional('Property', property),
          ...optional('Before', before),
          ...optional('After', after),
          ...optional('How it stands to the failure', sentence),
        },
      },
      links: link === undefined ? [] : [{ href: link.url, text: link.text }],
    },
  };
}

function trigger(notification: Notification, dedup_key: string, story: Story): PagerDutyEvent {
  const { gateway, severity, at, causes } = notification;
  const [cause] = causes;
  const gatewayName = field(gateway.name) ?? 'application gateway';
  const target = [cause?.scope.pool, cause?.scope.setting].filter((part) => part !== undefined).join('~');
  return {
    event_action: 'trigger',
    dedup_key,
    client: 'appgw-triage',
    payload: {
      summary: cutText(unlinked(`${story.headline} [${gatewayName}]`), PAGERDUTY_LIMITS.summary),
      source: field(gateway.id) ?? gatewayName,
      severity,
      ...(ISO_TIME.test(at) ? { timestamp: at } : {}),
      ...optional('component', target),
      ...optional('group', gateway.resourceGroup),
      ...optional('class', cause?.cause),
      custom_details: {
        ...Object.fromEntries(story.sections.map((section) => [unlinked(section.title), sectionDetail(section)])),
        About: story.facts.map(unlinked),
      },
    },
    links: linksOf(story),
    ...imagesOf(story),
  };
}

function linksOf({ page, link }: Story): readonly { readonly href: string; readonly text: string }[] {
  return [page, link].filter((each) => each !== undefined).map(({ url, text }) => ({ href: url, text }));
}

function imagesOf({ image, page }: Story) {
  if (image === undefined) return {};
  return { images: [{ src: image.url, alt: image.alt, ...(page === undefined ? {} : { href: page.url }) }] };
}

function sectionDetail(section: Section): Detail {
  const more = moreOf(section);
  const lines = section.items.flatMap(({ line, commands }) => [
    unlinked(textOf(line)),
    // A command is shown as it is to be pasted, also where it holds an address.
    ...commands.map(({ label = 'Run', command }) => `${label}: ${command}`),
  ]);
  const all = more === undefined ? lines : [...lines, `… ${more}`];
  return all.length === 1 ? (all[0] ?? '') : all;
}

/** PagerDuty makes links of addresses in texts. Without its scheme an address from outside stays readable, and is none. */
function unlinked(text: string): string {
  return text.replace(/[a-z][a-z0-9+.-]*:\/\/+/gi, '');
}

function optional<Key extends string>(key: Key, value: string | undefined): { readonly [key in Key]?: string } {
  const shown = field(value);
  return shown === undefined ? {} : ({ [key]: shown } as { [key in Key]: string });
}

function field(value: string | undefined): string | undefined {
  const shown = unlinked(cleanTextWithin(value ?? '', FIELD_LENGTH));
  return shown === '' ? undefined : shown;
}

/**
 * One key for one incident, so that updates and the resolution find the page that they belong to. An id that is too
 * long keeps its start and gets a digest of the whole, so that two incidents never share a key.
 */
export function dedupKey(incidentId: string): string {
  const key = `appgw-triage/${cleanText(incidentId)}`;
  if (key.length <= PAGERDUTY_LIMITS.dedupKey && key.endsWith(incidentId)) return key;
  const digest = `~${fnv1a(incidentId)}`;
  return `${key.slice(0, PAGERDUTY_LIMITS.dedupKey - digest.length).toWellFormed()}${digest}`;
}

/** The 64-bit FNV-1a digest of a text's UTF-16 units, as 16 hexadecimal digits. */
function fnv1a(text: string): string {
  let digest = 0xcbf29ce484222325n;
  for (let at = 0; at < text.length; at += 1) {
    digest = BigInt.asUintN(64, (digest ^ BigInt(text.charCodeAt(at))) * 0x100000001b3n);
  }
  return digest.toString(16).padStart(16, '0');
}
