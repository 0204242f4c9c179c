import type { AffectedTarget, Notification, NotifiedCause, NotifiedChange } from '../core/notification.ts';
import type { FixStep, MissingRead, VerdictLevel } from '../core/verdict.ts';
import { cleanTextWithin, safeLink } from './clean.ts';
import {
  type Item,
  item,
  type Line,
  remark,
  type Section,
  type Story,
  type StoryRoom,
  section,
  type Tone,
  withCommands,
} from './story.ts';
import { digestSections } from './tell-digest.ts';
import { LENGTHS, lasted, name, sentence, spokenMinutes, time, title, value } from './words.ts';

/** The story of a notification: what is said, in which words and order, and what matters least. Pure. */
export function tellStory(notification: Notification, room: StoryRoom): Story {
  const { gateway } = notification;
  const url = safeLink(gateway.portalUrl);
  const page = safeLink(notification.pageUrl);
  const image = safeLink(notification.imageUrl);
  return {
    tone: toneOf(notification),
    headline: headlineOf(notification),
    facts: factsOf(notification),
    sections: sectionsOf(notification, room).filter((section) => section.items.length > 0 || section.more > 0),
    ...(url === undefined ? {} : { link: { text: 'Open the gateway in the Azure portal', url } }),
    ...(page === undefined ? {} : { page: { text: 'Open the incident', url: page } }),
    ...(image === undefined ? {} : { image: { alt: IMAGE_ALT, url: image } }),
  };
}

const IMAGE_ALT = 'Healthy hosts, failed requests and backend time over time';

function toneOf({ kind, severity }: Notification): Tone {
  if (kind === 'resolved') return 'good';
  return kind === 'test' ? 'test' : severity;
}

function headlineOf({ kind, headline }: Notification): string {
  const text = cleanTextWithin(headline, LENGTHS.headline) || 'An Application Gateway needs a look.';
  if (kind === 'test') return `TEST, nothing is wrong: ${text}`;
  return kind === 'resolved' ? `Resolved: ${text}` : text;
}

function factsOf({ gateway, incidentId, kind, openedAt, at, revision }: Notification): readonly string[] {
  const fact = (text: string) => cleanTextWithin(text, LENGTHS.fact);
  if (kind === 'digest') return ['daily audit', fact(gateway.name), time(at)];
  const times =
    kind === 'resolved' ? [`${time(openedAt)} to ${time(at)}${lasted(openedAt, at)}`] : [`since ${time(openedAt)}`];
  return [
    `gateway ${fact(gateway.name)}`,
    ...(gateway.resourceGroup === undefined ? [] : [`resource group ${fact(gateway.resourceGroup)}`]),
    ...times,
    ...(kind === 'updated' ? [`update ${Math.max(1, revision - 1)}, ${time(at)}`] : []),
    `incident ${fact(incidentId)}`,
  ];
}

function sectionsOf(notification: Notification, room: StoryRoom): readonly Section[] {
  if (notification.kind === 'test') return testSections(notification, room);
  if (notification.kind === 'resolved') return resolvedSections(notification, room);
  if (notification.kind === 'digest') return digestSections(notification, room);
  const { causes } = notification;
  const told = causes.slice(0, room.causes);
  const isOpen = causes.length === 0 || causes.some((cause) => cause.verdict !== 'confirmed');
  return [
    noteSection(notification),
    firedSection(notification, room),
    ...(causes.length === 0 && isConcluded(notification) ? [notEstablishedSection()] : []),
    ...told.map((cause, index) => causeSection(cause, index, causes.length, room)),
    furtherCauses(causes.slice(room.causes), room),
    affectedSection(notification, room),
    impactSection(notification),
    changeSection(notification, room),
    // A fix for a cause that is only likely comes after the read that would tell whether it is the right one.
    ...(isOpen ? [nextReadSection(notification, room)] : []),
    ...told.flatMap((cause, index) => [
      fixSection(cause, fixTitle(cause, notification), index, causes.length, room),
      doNotSection(cause, index, causes.length, room),
    ]),
    ...(isOpen ? [alternativesSection(notification, room)] : []),
    unreadableSection(notification, room),
  ];
}

function testSections(notification: Notification, room: StoryRoom): readonly Section[] {
  const says = 'Somebody tried out the alert’s action group. Nothing is wrong, nobody is paged, nothing needs doing.';
  return [remark('This is a test', 0, says), firedSection(notification, room)];
}

function resolvedSections(notification: Notification, room: StoryRoom): readonly Section[] {
  const { causes } = notification;
  const name = 'The cause was';
  const was = section(name, ['cause', 'causes'], causes, room.items, causeLine(2, 1));
  return [
    noteSection(notification),
    ...recoverySections(notification, room),
    causes.length === 0 ? remark(name, 2, 'It was never established, so it can come back.') : was,
    affectedSection(notification, room, 'Still not healthy'),
    impactSection(notification),
    unreadableSection(notification, room),
  ];
}

/** Why this message comes, where it is not the first one. */
function noteSection({ note }: Notification): Section {
  const notes = note === undefined ? [] : [sentence(note)].filter((text) => text !== '');
  return { ...section('Why this message', ['reason', 'reasons'], notes, 1, (text) => item(1, [text])), part: 'note' };
}

/** Before and after, side by side: what the end rests on. */
function recoverySections({ recovery }: Notification, room: StoryRoom): readonly Section[] {
  if (recovery === undefined) return [];
  const took = spokenMinutes(recovery.minutes);
  const places = section('Before and after', ['place', 'places'], recovery.places, room.items, (place, index) =>
    item(4 + 2 * index, [
      { code: name(place.place) },
      ' — before: ',
      value(place.before),
      ' → after: ',
      value(place.after),
    ]),
  );
  if (took === undefined) return [places];
  return [remark('Recovered after', 2, `${took}, from the first signal until the recovery was seen.`), places];
}

/** Whether anything was read at all. The first short message, and one cut to its essentials, claim nothing. */
function isConcluded({ alternatives, affected, unreadable, nextRead }: Notification): boolean {
  return alternatives.length > 0 || affected.length > 0 || unreadable.length > 0 || nextRead !== undefined;
}

function firedSection({ fired }: Notification, room: StoryRoom): Section {
  return section('What fired', ['condition', 'conditions'], fired, room.items, (line, index) =>
    item(10 + 4 * index, [sentence(line)]),
  );
}

function notEstablishedSection(): Section {
  const says = 'What was read does not point at one cause. Changing something now would be a guess.';
  return remark('Cause: not established', 0, says);
}

function causeSection(cause: NotifiedCause, index: number, count: number, room: StoryRoom): Section {
  const rank = 2 + 8 * index;
  const named = item(rank - 1, [
    { strong: title(cause.title) },
    ...where(cause),
    ` — ${cause.verdict}: ${verdictInWords(cause.verdict)}.`,
  ]);
  const because = section(
    numbered('Cause', index, count),
    ['reason', 'reasons'],
    cause.because,
    room.items,
    ({ says, quote, evidence }, at) =>
      item(rank + 4 * at, [
        sentence(says).replace(/\.$/, ''),
        ' — ',
        { quote: cleanTextWithin(quote, LENGTHS.quote) || '(no text)' },
        ` (${name(evidence)})`,
      ]),
  );
  return { ...because, items: [named, ...because.items], part: 'evidence' };
}

function furtherCauses(causes: readonly NotifiedCause[], room: StoryRoom): Section {
  return section('Further causes', ['cause', 'causes'], causes, room.items, causeLine(18, 2));
}

function causeLine(rank: number, step: number) {
  return (cause: NotifiedCause, index: number): Item =>
    item(rank + step * index, [{ strong: title(cause.title) }, ...where(cause), ` (${cause.verdict})`]);
}

function affectedSection({ affected }: Notification, room: StoryRoom, name = 'Affected'): Section {
  return section(name, ['pool', 'pools'], affected, room.items, (target, index) =>
    item(9 + 3 * index, affectedLine(target, room.addresses)),
  );
}

function affectedLine({ pool, setting, unhealthy, total, before }: AffectedTarget, addresses: number): Line {
  const target = { code: `${name(pool)}~${name(setting)}` };
  const was = before === undefined ? [] : [` (before: ${value(before)})`];
  if (total === 0) return [target, ': the pool has no members', ...was];
  const members = `${total} ${total === 1 ? 'member' : 'members'}`;
  if (unhealthy.length === 0) return [target, `: none of ${members} was seen unhealthy`];
  return [target, `: ${unhealthy.length} of ${members} not healthy — `, ...listed(unhealthy, addresses), ...was];
}

function impactSection({ impact }: Notification): Section {
  return remark('Clients', 1, sentence(impact) || 'How many clients see errors is not known.');
}

/** What changed before, beside the cause and not as one: it says itself that it is a correlation. */
function changeSection({ nearestChange }: Notification, room: StoryRoom): Section {
  const changes = nearestChange === undefined ? [] : [nearestChange];
  return section('Changed before', ['change', 'changes'], changes, room.items, (change) => item(7, changeLine(change)));
}

function changeLine({ what, by, property, before, after, sentence: says }: NotifiedChange): Line {
  return [
    { strong: cleanTextWithin(what, LENGTHS.fact * 2) || 'A resource was changed' },
    ...(by === undefined ? [] : [' by ', { code: name(by) }]),
    '. ',
    ...(property === undefined ? [] : [{ code: value(property) }, ...fromTo(before, after)]),
    sentence(says) || 'This is a correlation in time, not a proof.',
  ];
}

function fromTo(before: string | undefined, after: string | undefined): Line {
  if (before === undefined && after === undefined) return [' changed. '];
  if (before === undefined) return [' was added: ', { quote: value(after ?? '') }, '. '];
  if (after === undefined) return [' was removed; it was ', { quote: value(before) }, '. '];
  return [': ', { quote: value(before) }, ' before, ', { quote: value(after) }, ' after. '];
}

function nextReadSection(notification: Notification, room: StoryRoom): Section {
  const read = nextReadOf(notification);
  const reads = read === undefined ? [] : [read];
  return section('Check first', ['read', 'reads'], reads, 1, ({ read: text, command }) =>
    withCommands(1, sentence(text), [{ command }], room),
  );
}

function nextReadOf({ nextRead, alternatives }: Notification): MissingRead | undefined {
  return nextRead ?? alternatives.filter(stillStands).find(({ missing }) => missing.length > 0)?.missing[0];
}

function fixSection(cause: NotifiedCause, name: string, index: number, count: number, room: StoryRoom): Section {
  const steps = section(numbered(name, index, count), ['step', 'steps'], cause.fix, room.items, (step, at) =>
    fixItem(step, 3 + 8 * index + 2 * at, room),
  );
  return { ...steps, isOrdered: true };
}

function fixTitle({ verdict }: NotifiedCause, notification: Notification): string {
  if (verdict === 'confirmed') return 'Fix';
  return nextReadOf(notification) === undefined ? 'Fix, if this is the cause' : 'Fix, if the check agrees';
}

function fixItem({ text, command, undo }: FixStep, rank: number, room: StoryRoom): Item {
  return withCommands(rank, sentence(text), [{ command }, { label: 'Undo', command: undo }], room);
}

function doNotSection({ doNot }: NotifiedCause, index: number, count: number, room: StoryRoom): Section {
  const name = numbered('What not to do', index, count);
  return section(name, ['warning', 'warnings'], doNot, room.items, (line, at) =>
    item(8 + 8 * index + 6 * at, [sentence(line)]),
  );
}

function alternativesSection(notification: Notification, room: StoryRoom): Section {
  const { alternatives, causes } = notification;
  const next = nextReadOf(notification)?.read;
  const name = causes.length === 0 ? 'What still stands' : 'What else still stands';
  const standing = alternatives.filter(stillStands);
  const told = section(name, ['possible cause', 'possible causes'], standing, room.items, (alternative, index) => {
    const { title: text, verdict, missing } = alternative;
    const read = missing[0]?.read;
    const isNext = next !== undefined && missing.some((each) => each.read === next);
    const settledBy = isNext ? '. The check above would tell.' : settles(read);
    return item(14 + 2 * index, [{ strong: title(text) }, ` (${verdict})${settledBy}`]);
  });
  return { ...told, part: 'detail' };
}

function settles(read: string | undefined): string {
  return read === undefined ? '' : `. What would tell: ${sentence(read)}`;
}

function stillStands({ verdict }: { readonly verdict: VerdictLevel }): boolean {
  return verdict !== 'ruled-out';
}

function unreadableSection({ unreadable }: Notification, room: StoryRoom): Section {
  const nouns = ['reading', 'readings'] as const;
  const told = section('What could not be read', nouns, unreadable, room.items, ({ evidence, reason }, index) =>
    item(16 + 2 * index, [{ strong: name(evidence) }, ` — ${sentence(reason) || 'no reason was given.'}`]),
  );
  return { ...told, part: 'detail' };
}

/** The words after the level, for somebody who does not know the catalogue. */
function verdictInWords(verdict: VerdictLevel): string {
  switch (verdict) {
    case 'confirmed':
      return 'what was read leaves no other cause standing';
    case 'likely':
      return 'it fits and nothing contradicts it, but another cause is not ruled out';
    case 'possible':
      return 'nothing contradicts it, but nothing speaks for it in particular';
    case 'inconclusive':
      return 'the reading that would tell is missing';
    case 'ruled-out':
      return 'what was read contradicts it';
  }
}

function where({ scope }: NotifiedCause): Line {
  const target = [scope.pool, scope.setting].filter((part) => part !== undefined).map(name);
  const members = scope.members ?? [];
  const [only] = members;
  const who =
    only !== undefined && members.length === 1
      ? [{ code: name(only) }]
      : members.length > 1
        ? [`${members.length} members`]
        : [];
  if (target.length === 0 && who.length === 0) return [];
  if (target.length === 0) return [' at ', ...who];
  return [' at ', ...who, ...(who.length > 0 ? [' of '] : []), { code: target.join('~') }];
}

function listed(addresses: readonly string[], count: number): Line {
  const shown = addresses
    .slice(0, count)
    .flatMap((address, index): Line => [...(index === 0 ? [] : [', ']), { code: name(address) }]);
  const rest = addresses.length - count;
  return rest > 0 ? [...shown, ` and ${rest} more`] : shown;
}

function numbered(name: string, index: number, count: number): string {
  return count === 1 ? name : `${name} (cause ${index + 1} of ${count})`;
}
