import type { Digest, Notification, NotifiedChange, Recovery } from '../core/notification.ts';
import type { FixStep, MissingRead, Scope } from '../core/verdict.ts';
import { cleanCommand, cleanTextWithin, safeLink, utf8Bytes } from './clean.ts';

/** A notification as other programs get it. Texts are plain: whoever shows them escapes them. Pure. */
export interface NotificationDocument extends Notification {
  readonly schema: 'appgw-triage/notification@1';
  /** How many entries of a list are not in it, by the list's name. Absent where all are. */
  readonly leftOut?: Readonly<Record<string, number>>;
}

/** Bytes of the whole as JSON in UTF-8: with its envelope it stays below 256 KB, the most that the smallest event hub takes. */
export const DOCUMENT_BYTES = 250_000;

const LENGTHS = { text: 2_000, name: 300, command: 4_000 } as const;
/** The most entries of a list, in the first attempt; halved until the message fits. */
const MOST_ENTRIES = 512;

export function notificationDocument(notification: Notification): NotificationDocument {
  for (let entries = MOST_ENTRIES; entries > 1; entries = Math.floor(entries / 2)) {
    const message = within(notification, entries);
    if (message && utf8Bytes(JSON.stringify(message)) <= DOCUMENT_BYTES) return message;
  }
  return within(notification, 1, Infinity) as NotificationDocument;
}

/**
 * The notification with at most so many entries in each list, the first and most important ones, and the rest counted.
 * Undefined as soon as its texts alone are longer than the room: what will not fit is not worked through.
 */
function within(
  notification: Notification,
  entries: number,
  room: number = DOCUMENT_BYTES,
): NotificationDocument | undefined {
  const leftOut: Record<string, number> = {};
  let used = 0;
  const use = (value: string) => {
    used += value.length + '"",'.length;
    return value;
  };
  const text = (value: string) => use(cleanTextWithin(value, LENGTHS.text));
  const name = (value: string) => use(cleanTextWithin(value, LENGTHS.name));
  const command = (value: string | undefined) => {
    const clean = value === undefined ? undefined : cleanCommand(value, LENGTHS.command);
    // A command that cannot be sent whole is absent.
    return clean !== undefined && 'command' in clean ? use(clean.command) : undefined;
  };
  const list = <From, To>(of: string, all: readonly From[], convert: (each: From) => To): readonly To[] => {
    if (all.length > entries) leftOut[of] = (leftOut[of] ?? 0) + all.length - entries;
    const converted: To[] = [];
    for (const each of all.slice(0, entries)) {
      if (used > room) break;
      converted.push(convert(each));
    }
    return converted;
  };
  const fixStep = (step: FixStep): FixStep =>
    present({ text: text(step.text), command: command(step.command), undo: command(step.undo) });
  const missingRead = (missing: MissingRead): MissingRead =>
    present({ read: text(missing.read), command: command(missing.command) });
  const changeOf = (change: NotifiedChange): NotifiedChange =>
    present({
      at: name(change.at),
      what: text(change.what),
      by: change.by === undefined ? undefined : name(change.by),
      property: change.property === undefined ? undefined : name(change.property),
      before: change.before === undefined ? undefined : name(change.before),
      after: change.after === undefined ? undefined : name(change.after),
      minutesBefore: change.minutesBefore,
      sentence: text(change.sentence),
    });
  const recoveryOf = ({ minutes, places }: Recovery): Recovery => ({
    minutes: Number.isFinite(minutes) ? Math.max(0, Math.round(minutes)) : 0,
    places: list('places', places, ({ place, before, after }) => ({
      place: name(place),
      before: text(before),
      after: text(after),
    })),
  });
  const digestOf = ({ audited, items, unread }: Digest): Digest => ({
    audited,
    items: list('items', items, ({ gateway, check, title, news, costs, says, because, fix }) => ({
      gateway: name(gateway),
      check: name(check),
      title: name(title),
      news,
      costs: text(costs),
      says: text(says),
      because: { evidence: name(because.evidence), quote: text(because.quote), says: text(because.says) },
      fix: fixStep(fix),
    })),
    unread: list('unread', unread, ({ gateway, reason }) => ({ gateway: name(gateway), reason: text(reason) })),
  });
  const scopeOf = ({ gateway, pool, setting, members }: Scope): Scope =>
    present({
      gateway: gateway === undefined ? undefined : name(gateway),
      pool: pool === undefined ? undefined : name(pool),
      setting: setting === undefined ? undefined : name(setting),
      members: members === undefined ? undefined : list('members', members, name),
    });
  const { gateway, nextRead, nearestChange, note, recovery, digest, pagerdutyIncidentId } = notification;
  const message: NotificationDocument = {
    schema: 'appgw-triage/notification@1',
    incidentId: name(notification.incidentId),
    revision: notification.revision,
    kind: notification.kind,
    severity: notification.severity,
    gateway: present({
      id: text(gateway.id),
      name: name(gateway.name),
      resourceGroup: gateway.resourceGroup === undefined ? undefined : name(gateway.resourceGroup),
      subscription: gateway.subscription === undefined ? undefined : name(gateway.subscription),
      portalUrl: safeLink(gateway.portalUrl),
    }),
    headline: text(notification.headline),
    ...(safeLink(notification.pageUrl) === undefined ? {} : { pageUrl: safeLink(notification.pageUrl) }),
    ...(safeLink(notification.imageUrl) === undefined ? {} : { imageUrl: safeLink(notification.imageUrl) }),
    ...(pagerdutyIncidentId === undefined ? {} : { pagerdutyIncidentId: name(pagerdutyIncidentId) }),
    ...(note === undefined ? {} : { note: text(note) }),
    ...(recovery === undefined ? {} : { recovery: recoveryOf(recovery) }),
    ...(digest === undefined ? {} : { digest: digestOf(digest) }),
    fired: list('fired', notification.fired, text),
    causes: list('causes', notification.causes, (cause) => ({
      cause: name(cause.cause),
      title: name(cause.title),
      verdict: cause.verdict,
      scope: scopeOf(cause.scope),
      because: list('because', cause.because, ({ evidence, quote, says }) => ({
        evidence: name(evidence),
        quote: text(quote),
        says: text(says),
      })),
      fix: list('fix', cause.fix, fixStep),
      doNot: list('doNot', cause.doNot, text),
    })),
    alternatives: list('alternatives', notification.alternatives, (alternative) => ({
      cause: name(alternative.cause),
      title: name(alternative.title),
      verdict: alternative.verdict,
      missing: list('missing', alternative.missing, missingRead),
    })),
    affected: list('affected', notification.affected, (target) => ({
      pool: name(target.pool),
      setting: name(target.setting),
      unhealthy: list('unhealthy', target.unhealthy, name),
      total: target.total,
      ...(target.before === undefined ? {} : { before: text(target.before) }),
    })),
    impact: text(notification.impact),
    ...(nearestChange === undefined ? {} : { nearestChange: changeOf(nearestChange) }),
    unreadable: list('unreadable', notification.unreadable, ({ evidence, reason }) => ({
      evidence: name(evidence),
      reason: text(reason),
    })),
    ...(nextRead === undefined ? {} : { nextRead: missingRead(nextRead) }),
    openedAt: name(notification.openedAt),
    at: name(notification.at),
  };
  if (used > room) return undefined;
  return Object.keys(leftOut).length === 0 ? message : { ...message, leftOut };
}

/** The object without the fields that are undefined. */
function present<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}
