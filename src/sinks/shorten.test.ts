import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shorten } from './shorten.ts';
import { moreOf, type Section, type Story } from './story.ts';

function storyOf(ranks: readonly (readonly number[])[]): Story {
  const sections = ranks.map(
    (inside, at): Section => ({
      title: `section ${at}`,
      items: inside.map((rank, index) => ({ line: [`item ${at}.${index}`], commands: [], rank })),
      more: 0,
      one: 'item',
      many: 'items',
      isOrdered: false,
    }),
  );
  return { tone: 'error', headline: 'x', facts: [], sections };
}

const countOf = ({ sections }: Story) => sections.reduce((sum, { items }) => sum + items.length, 0);

describe('shorten', () => {
  test('leaves everything where it fits', () => {
    const story = storyOf([[1, 2], [3]]);
    expect(
      shorten(
        story,
        (each) => each,
        () => true,
      ),
    ).toEqual(story);
  });

  test('leaves out the least important items first, and of equal ones the last', () => {
    const kept = shorten(
      storyOf([
        [1, 9, 5],
        [5, 5],
      ]),
      (each) => each,
      (each) => countOf(each) <= 2,
    );
    expect(kept.sections.map(({ items }) => items.map(({ line }) => line[0]))).toEqual([['item 0.0', 'item 0.2'], []]);
    expect(kept.sections.map(moreOf)).toEqual(['and 1 more item', '2 items, left out because this message is full']);
  });

  test('leaves out as few as it can, and counts every one', () => {
    const ranks = fc.array(fc.array(fc.nat(20), { maxLength: 8 }), { maxLength: 8 });
    fc.assert(
      fc.property(ranks, fc.nat(70), (all, room) => {
        const story = storyOf(all);
        const total = countOf(story);
        const kept = shorten(
          story,
          (each) => each,
          (each) => countOf(each) <= room,
        );
        expect(countOf(kept)).toBe(Math.min(total, room));
        expect(countOf(kept) + kept.sections.reduce((sum, { more }) => sum + more, 0)).toBe(total);
      }),
    );
  });
});
