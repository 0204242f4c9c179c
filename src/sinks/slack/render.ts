import type { Notification } from '../../core/notification.ts';
import { cutText } from '../clean.ts';
import { shorten } from '../shorten.ts';
import {
  briefOf,
  detailsOf,
  type Item,
  type Line,
  markerOf,
  moreOf,
  type Section,
  type Story,
  type Tone,
} from '../story.ts';
import { tellStory } from '../tell-story.ts';
import { codeBlock, codeSpan, escapeEntities, escapeProse } from './escape.ts';

/** A message that is edited in place, with its details in its thread. */
export interface SlackThread {
  readonly brief: SlackMessage;
  /** Absent where the brief leaves nothing out and nothing is new, as with the first short page. */
  readonly details?: SlackMessage;
  /** Both in one, for where the thread takes no reply. */
  readonly whole: SlackMessage;
}

/** The subset of Block Kit in use, as an incoming webhook and `chat.postMessage` take it. */
export interface SlackMessage {
  /** What phones and screen readers show. */
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Mrkdwn }
  | { readonly type: 'context'; readonly elements: readonly Mrkdwn[] }
  | { readonly type: 'image'; readonly image_url: string; readonly alt_text: string };

interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: false;
}

interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  /** Slack then makes no links and mentions out of plain text. */
  readonly verbatim: true;
}

/** Slack's documented limits, in characters; the last is counted over the whole JSON, to be sure. */
export const SLACK_LIMITS = { blocks: 50, sectionText: 3_000, headerText: 150, message: 12_000 } as const;

const ROOM = { addresses: 6, items: 20, causes: 3, commandLength: 2_000 } as const;
/** The fallback text is a preview. */
const FALLBACK_LENGTH = 300;
const LONGEST_LINE = 2_900;

const EMOJI: Readonly<Record<Tone, string>> = {
  critical: '🔴',
  error: '🟠',
  warning: '🟡',
  info: '🔵',
  good: '✅',
  test: '🧪',
};

/** The message without its picture, which Slack refuses as a whole where it cannot fetch it; undefined where it has none. */
export function withoutImage<Message extends SlackMessage | SlackThread>(message: Message): Message | undefined {
  const bare = JSON.stringify(message, (key, value) => (key === 'blocks' ? value.filter(isNoImage) : value));
  return bare === JSON.stringify(message) ? undefined : (JSON.parse(bare) as Message);
}

function isNoImage({ type }: SlackBlock): boolean {
  return type !== 'image';
}

/** What a webhook posts: everything in one message. */
export function renderSlack(notification: Notification): SlackMessage {
  return shorten(storyOf(notification), layOut, fitsSlack);
}

/** What a bot keeps up to date. */
export function renderSlackThread(notification: Notification): SlackThread {
  const story = storyOf(notification);
  const details = detailsOf(story);
  const title = `Message ${notification.revision} in detail`;
  return {
    whole: shorten(story, layOut, fitsSlack),
    brief: shorten(briefOf(story), layOut, fitsSlack),
    ...(details === undefined ? {} : { details: shorten(details, (shown) => layOutDetails(title, shown), fitsSlack) }),
  };
}

function storyOf(notification: Notification): Story {
  const takesCommand = (command: string) => (codeBlock(command)?.length ?? Infinity) <= LONGEST_LINE;
  return tellStory(notification, { ...ROOM, takesCommand });
}

function fitsSlack(message: SlackMessage): boolean {
  return message.blocks.length <= SLACK_LIMITS.blocks && JSON.stringify(message).length <= SLACK_LIMITS.message;
}

function layOut(story: Story): SlackMessage {
  const first = `${EMOJI[story.tone]} ${story.headline}`;
  const header = cutEscaped(first, SLACK_LIMITS.headerText);
  const links = [story.page, story.link].filter((link) => link !== undefined);
  const shown = links.map(({ url, text }) => `<${escapeEntities(url)}|${escapeProse(text)}>`);
  const { image } = story;
  return {
    text: escapeProse(cutText(first, FALLBACK_LENGTH)),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: header.text, emoji: false } },
      ...(header.isCut ? [sectionBlock(`*${escapeProse(story.headline)}*`)] : []),
      { type: 'context', elements: [mrkdwn(story.facts.map(escapeProse).join('  ·  '))] },
      ...story.sections.flatMap(sectionBlocks),
      ...(image === undefined ? [] : [{ type: 'image', image_url: image.url, alt_text: image.alt } as const]),
      ...(shown.length === 0 ? [] : [{ type: 'context', elements: [mrkdwn(shown.join('  ·  '))] } as const]),
    ],
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** A reply in the thread: no header, so that it is seen to belong to the message above it. */
function layOutDetails(title: string, { sections }: Story): SlackMessage {
  return {
    text: title,
    blocks: [{ type: 'context', elements: [mrkdwn(title)] }, ...sections.flatMap(sectionBlocks)],
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** A section's title and items, in as few blocks as hold them. Every item on its own is shorter than a block. */
function sectionBlocks(section: Section): readonly SlackBlock[] {
  const parts = [
    `*${escapeProse(section.title)}*`,
    ...section.items.flatMap((item, index) => itemParts(item, markerOf(section, index))),
  ];
  const more = moreOf(section);
  if (more !== undefined) parts.push(`_… ${more}_`);
  const texts: string[] = [];
  for (const part of parts) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + part.length <= SLACK_LIMITS.sectionText) {
      texts[texts.length - 1] = `${last}\n${part}`;
    } else texts.push(part);
  }
  return texts.map(sectionBlock);
}

function itemParts({ line, commands }: Item, marker: string): readonly string[] {
  const blocks = commands.map(
    ({ label, command }) => `${label === undefined ? '' : `${label}:\n`}${codeBlock(command)}`,
  );
  return [`${marker}${renderLine(line)}`, ...blocks];
}

/** Entities can make a text five times as long, so its parts are cut shorter until the whole fits into a block. */
function renderLine(line: Line): string {
  let longestPiece: number = SLACK_LIMITS.sectionText;
  let text = renderPieces(line, longestPiece);
  while (text.length > LONGEST_LINE) {
    longestPiece = Math.floor(longestPiece / 2);
    text = renderPieces(line, longestPiece);
  }
  return text;
}

function renderPieces(line: Line, longestPiece: number): string {
  return line
    .map((piece) => {
      if (typeof piece === 'string') return escapeProse(cutText(piece, longestPiece));
      if ('code' in piece) return codeSpan(cutText(piece.code, longestPiece));
      if ('quote' in piece) return codeSpan(cutText(piece.quote, longestPiece));
      return `*${escapeProse(cutText(piece.strong, longestPiece))}*`;
    })
    .join('');
}

function sectionBlock(text: string): SlackBlock {
  return { type: 'section', text: mrkdwn(text) };
}

function mrkdwn(text: string): Mrkdwn {
  return { type: 'mrkdwn', text, verbatim: true };
}

/** Cuts the text so that its escaped form fits; an entity is never cut. */
function cutEscaped(text: string, length: number): { readonly text: string; readonly isCut: boolean } {
  const whole = escapeProse(text);
  if (whole.length <= length) return { text: whole, isCut: false };
  let raw = Math.min(text.length, length);
  while (raw > 1 && escapeProse(cutText(text, raw)).length > length) raw -= 1;
  return { text: escapeProse(cutText(text, raw)), isCut: true };
}
