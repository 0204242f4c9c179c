import type { Notification } from '../core/notification.ts';
import { cleanCommand } from './clean.ts';

/**
 * A notification in the order and the words in which a woken engineer needs it, before any service's format. Every sink
 * tells this story, so that all channels say the same; each escapes and lays it out for its own service. Pure.
 */
export interface Story {
  readonly tone: Tone;
  /** The first line: the cause, how sure, and where. */
  readonly headline: string;
  /** One line of context: gateway, resource group, when, which incident. */
  readonly facts: readonly string[];
  readonly sections: readonly Section[];
  readonly link?: { readonly text: string; readonly url: string };
  /** The page of the incident, and a picture of how it went. */
  readonly page?: { readonly text: string; readonly url: string };
  readonly image?: { readonly alt: string; readonly url: string };
}

export type Tone = Notification['severity'] | 'good' | 'test';

export interface Section {
  readonly title: string;
  readonly items: readonly Item[];
  /** How many items are not shown. */
  readonly more: number;
  /** What an item is, for "3 more conditions". */
  readonly one: string;
  readonly many: string;
  /** Items that are done one after the other. */
  readonly isOrdered: boolean;
  /** What can stand elsewhere where the first message is to be short; everything else belongs into it. */
  readonly part?: 'note' | 'evidence' | 'detail';
}

/** What is shown or left out as a whole. */
export interface Item {
  readonly line: Line;
  readonly commands: readonly ShownCommand[];
  /** Where room is short, items of a higher rank go first. */
  readonly rank: number;
}

/** Everything in a line is to be escaped: sentences hold names from outside. */
export type Line = readonly Piece[];
export type Piece =
  | string
  | { readonly strong: string }
  /** A name or an address. */
  | { readonly code: string }
  /** What a reading says, verbatim. */
  | { readonly quote: string };

export interface ShownCommand {
  readonly label?: string;
  readonly command: string;
}

export interface StoryRoom {
  /** How many addresses of a pool are spelled out. */
  readonly addresses: number;
  /** How many items a section may have. */
  readonly items: number;
  /** How many causes are told in full. */
  readonly causes: number;
  /** The longest command, in UTF-16 units, and whether the service can take this one. */
  readonly commandLength: number;
  readonly takesCommand?: (command: string) => boolean;
}

/** Items of evidence that stay in the first message: the cause itself, and the reading that speaks for it most. */
const BRIEF_EVIDENCE = 2;

/** The story for a message that has its details elsewhere: they are counted, as what finds no room. Pure. */
export function briefOf(story: Story): Story {
  const sections = story.sections
    .filter(({ part }) => part !== 'detail')
    .map((each) => (each.part === 'evidence' ? short(each) : each));
  return { ...story, sections };
}

function short(section: Section): Section {
  const items = section.items.slice(0, BRIEF_EVIDENCE);
  return { ...section, items, more: section.more + section.items.length - items.length };
}

/** What a brief story leaves to elsewhere, with what is new; undefined where there is nothing of it. Pure. */
export function detailsOf(story: Story): Story | undefined {
  const sections = story.sections.filter(({ part }) => part !== undefined);
  return sections.length === 0 ? undefined : { ...story, sections };
}

/** "and 3 more conditions", or what is missing altogether; undefined where nothing is. */
export function moreOf({ items, more, one, many }: Section): string | undefined {
  if (more === 0) return undefined;
  if (items.length === 0) return `${more} ${more === 1 ? one : many}, left out because this message is full`;
  return `and ${more} more ${more === 1 ? one : many}`;
}

/** What stands before an item: a number where the order counts, a bullet where there are several. */
export function markerOf({ items, more, isOrdered }: Section, index: number): string {
  if (items.length + more === 1) return '';
  return isOrdered ? `${index + 1}. ` : '• ';
}

/** The text of a line without any formatting. */
export function textOf(line: Line): string {
  return line
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      if ('quote' in piece) return `“${piece.quote}”`;
      return 'code' in piece ? piece.code : piece.strong;
    })
    .join('');
}

export function item(rank: number, line: Line, commands: readonly ShownCommand[] = []): Item {
  return { line, commands, rank };
}

/** `<port>`: what no reading shows, and a person has to know. */
const PLACEHOLDER = /<[a-z][a-z0-9 -]*>/;

/** An item with its commands; one that cannot be shown whole is left out, and the item says so. */
export function withCommands(
  rank: number,
  text: string,
  commands: readonly { readonly label?: string; readonly command: string | undefined }[],
  room: StoryRoom,
): Item {
  const shown: ShownCommand[] = [];
  const notes: string[] = [];
  for (const { label, command } of commands) {
    if (command === undefined) continue;
    const clean = cleanCommand(command, room.commandLength);
    const fits = 'command' in clean && (room.takesCommand?.(clean.command) ?? true);
    if (fits) shown.push({ ...(label === undefined ? {} : { label }), command: clean.command });
    else {
      const why = 'leftOut' in clean ? clean.leftOut : 'it is too long for this message';
      notes.push(` (The ${label === undefined ? '' : `${label.toLowerCase()} `}command is left out: ${why}.)`);
    }
  }
  if (shown.some(({ command }) => PLACEHOLDER.test(command))) notes.unshift(' Fill in what stands in <> first.');
  return item(rank, [text, ...notes], shown);
}

/** The first `most` of all, told one by one, and the rest counted. */
export function section<Each>(
  title: string,
  [one, many]: readonly [string, string],
  all: readonly Each[],
  most: number,
  tell: (each: Each, index: number) => Item,
): Section {
  const items = all.slice(0, most).map(tell);
  return { title, items, more: all.length - items.length, one, many, isOrdered: false };
}

/** A section of one sentence. */
export function remark(title: string, rank: number, text: string): Section {
  return section(title, ['line', 'lines'], [text], 1, (line) => item(rank, [line]));
}
