import type { DigestItem, Notification } from '../core/notification.ts';
import { cleanTextWithin } from './clean.ts';
import { type Item, remark, type Section, type StoryRoom, section, withCommands } from './story.ts';
import { LENGTHS, name, sentence, title } from './words.ts';

/** What a regular audit found since the last one: nothing burns, so it is told once and wakes nobody. Pure. */
export function digestSections({ digest, impact }: Notification, room: StoryRoom): readonly Section[] {
  if (!digest) return [remark('Daily audit', 0, sentence(impact) || 'What was found is in the audit itself.')];
  const { items, unread } = digest;
  const told = (news: DigestItem['news']) => items.filter((each) => each.news === news);
  return [
    itemsSection('Worse than before', told('worse'), room, 2),
    itemsSection('New', told('new'), room, 4),
    section('No longer readable', ['gateway', 'gateways'], unread, room.items, ({ gateway, reason }, index) =>
      withCommands(6 + 2 * index, `${name(gateway)}: ${sentence(reason) || 'no reason was given.'}`, [], room),
    ),
  ];
}

function itemsSection(heading: string, items: readonly DigestItem[], room: StoryRoom, rank: number): Section {
  return section(heading, ['finding', 'findings'], items, room.items, (each, index) =>
    itemOf(each, rank + 3 * index, room),
  );
}

/** The fix goes with its finding: one without the other helps nobody. */
function itemOf({ gateway, title: what, says, costs, because, fix }: DigestItem, rank: number, room: StoryRoom): Item {
  const commands = [{ command: fix.command }, { label: 'Undo', command: fix.undo }];
  const told = withCommands(rank, '', commands, room);
  const notes = told.line.filter((piece) => piece !== '');
  return {
    ...told,
    line: [
      { code: name(gateway) },
      ' — ',
      { strong: title(what) },
      `: ${sentence(says)} `,
      { quote: cleanTextWithin(because.quote, LENGTHS.quote) || '(no text)' },
      ` (${name(because.evidence)}). Costs: ${sentence(costs)}. Fix: ${sentence(fix.text)}`,
      ...notes,
    ],
  };
}
