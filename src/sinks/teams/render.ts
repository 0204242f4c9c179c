import type { Notification } from '../../core/notification.ts';
import { utf8Bytes } from '../clean.ts';
import { shorten } from '../shorten.ts';
import { type Item, type Line, markerOf, moreOf, type Section, type Story, type Tone, textOf } from '../story.ts';
import { tellStory } from '../tell-story.ts';

/**
 * The subset of Adaptive Cards in use. All text stands in text runs, which know no Markdown, so that nothing from
 * outside can become a link, a list or bold. (Text blocks do know Markdown; there are none.)
 */
export interface TeamsMessage {
  readonly type: 'message';
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly contentUrl: null;
      readonly content: AdaptiveCard;
    },
  ];
}

export interface AdaptiveCard {
  readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
  readonly type: 'AdaptiveCard';
  readonly version: '1.2';
  readonly body: readonly CardElement[];
  readonly actions?: readonly { readonly type: 'Action.OpenUrl'; readonly title: string; readonly url: string }[];
  readonly msteams: { readonly width: 'Full' };
}

export type CardElement = RichTextBlock | Container | CardImage;

interface CardImage {
  readonly type: 'Image';
  readonly url: string;
  readonly altText: string;
  readonly size: 'Stretch';
}

interface Container {
  readonly type: 'Container';
  readonly style: 'emphasis' | 'attention' | 'warning' | 'accent' | 'good';
  readonly items: readonly RichTextBlock[];
  readonly bleed?: true;
  readonly spacing?: 'Small';
}

interface RichTextBlock {
  readonly type: 'RichTextBlock';
  readonly inlines: readonly TextRun[];
  readonly spacing?: 'None' | 'Small' | 'Medium';
  readonly separator?: true;
}

interface TextRun {
  readonly type: 'TextRun';
  readonly text: string;
  readonly fontType?: 'Monospace';
  readonly isSubtle?: true;
  readonly size?: 'Large';
  readonly weight?: 'Bolder';
}

/** 28 KB are documented, but cards were seen to fail from 21 KB on. Bytes of the whole message as JSON in UTF-8. */
export const TEAMS_MESSAGE_BYTES = 20_000;

const ROOM = { addresses: 6, items: 20, causes: 3, commandLength: 2_000 } as const;

const STYLES = {
  critical: { emoji: '🔴', style: 'attention' },
  error: { emoji: '🟠', style: 'attention' },
  warning: { emoji: '🟡', style: 'warning' },
  info: { emoji: '🔵', style: 'accent' },
  good: { emoji: '✅', style: 'good' },
  test: { emoji: '🧪', style: 'accent' },
} as const satisfies Record<Tone, { emoji: string; style: Container['style'] }>;

export function renderTeams(notification: Notification): TeamsMessage {
  const place = placeOf(notification);
  return shorten(tellStory(notification, ROOM), (story) => layOut(story, place), fitsTeams);
}

/**
 * Which of the incident's messages a card is. A workflow cannot edit a card or reply to one, and is not told where it
 * was posted, so a later card can neither replace an earlier one nor link to it: it says that it is the newer.
 */
function placeOf({ kind, revision }: Notification): string | undefined {
  if (kind === 'opened' || kind === 'test' || revision < 2) return undefined;
  return `Message ${revision} of this incident. Earlier cards stay as they were; this one has the whole picture of now.`;
}

function fitsTeams(message: TeamsMessage): boolean {
  return utf8Bytes(JSON.stringify(message)) <= TEAMS_MESSAGE_BYTES;
}

function layOut(story: Story, place: string | undefined): TeamsMessage {
  const { emoji, style } = STYLES[story.tone];
  const head: Container = {
    type: 'Container',
    style,
    bleed: true,
    items: [
      { type: 'RichTextBlock', inlines: [run(`${emoji} ${story.headline}`, { size: 'Large', weight: 'Bolder' })] },
      { type: 'RichTextBlock', spacing: 'Small', inlines: [run(story.facts.join('  ·  '), { isSubtle: true })] },
      ...(place === undefined ? [] : [paragraph([run(place, { isSubtle: true })])]),
    ],
  };
  const links = [story.page, story.link].filter((link) => link !== undefined);
  const { image } = story;
  const content: AdaptiveCard = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.2',
    body: [
      head,
      ...story.sections.flatMap(sectionElements),
      ...(image === undefined ? [] : [{ type: 'Image', url: image.url, altText: image.alt, size: 'Stretch' } as const]),
    ],
    ...(links.length === 0
      ? {}
      : { actions: links.map(({ text, url }) => ({ type: 'Action.OpenUrl', title: text, url }) as const) }),
    msteams: { width: 'Full' },
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

function sectionElements(section: Section): readonly CardElement[] {
  const more = moreOf(section);
  return [
    { type: 'RichTextBlock', spacing: 'Medium', separator: true, inlines: [run(section.title, { weight: 'Bolder' })] },
    ...section.items.flatMap((item, index) => itemElements(item, markerOf(section, index))),
    ...(more === undefined ? [] : [paragraph([run(`… ${more}`, { isSubtle: true })])]),
  ];
}

function itemElements({ line, commands }: Item, marker: string): readonly CardElement[] {
  return [
    ...(textOf(line) === '' ? [] : [paragraph(lineRuns([marker, ...line]))]),
    ...commands.flatMap(({ label, command }): readonly CardElement[] => [
      ...(label === undefined ? [] : [paragraph([run(`${label}:`, { isSubtle: true })])]),
      {
        type: 'Container',
        style: 'emphasis',
        spacing: 'Small',
        // A line break inside a text run is not shown as one everywhere.
        items: command.split('\n').map((text) => paragraph([run(text || ' ', { fontType: 'Monospace' })])),
      },
    ]),
  ];
}

function lineRuns(line: Line): readonly TextRun[] {
  return line
    .filter((piece) => piece !== '')
    .map((piece) => {
      if (typeof piece === 'string') return run(piece);
      if ('strong' in piece) return run(piece.strong, { weight: 'Bolder' });
      return run('code' in piece ? piece.code : `“${piece.quote}”`, { fontType: 'Monospace' });
    });
}

function paragraph(inlines: readonly TextRun[]): RichTextBlock {
  return { type: 'RichTextBlock', spacing: 'Small', inlines };
}

function run(text: string, style: Omit<TextRun, 'type' | 'text'> = {}): TextRun {
  // Renderers replace {{DATE(...)}} and {{TIME(...)}} in every text.
  return { type: 'TextRun', text: text.replace(/\{\{(?=\s*(DATE|TIME)\s*\()/gi, '{ {'), ...style };
}
