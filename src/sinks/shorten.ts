import type { Item, Story } from './story.ts';

/**
 * Leaves out whole items, least important first, until `fits` says that the rendered story is within its service's
 * limits. What is left out is counted in its section. Returns the rendered message. Pure.
 */
export function shorten<Message>(
  story: Story,
  render: (story: Story) => Message,
  fits: (message: Message) => boolean,
): Message {
  const order = droppable(story);
  let tooFew = -1;
  let enough = order.length;
  // The number of items to leave out, by bisection: rendering is the expensive part.
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (fits(render(without(story, order, middle)))) enough = middle;
    else tooFew = middle;
  }
  return render(without(story, order, enough));
}

/** The items in the order in which they go: the highest rank first, of equal ones the last. */
function droppable({ sections }: Story): readonly Item[] {
  return sections
    .flatMap(({ items }) => items)
    .map((item, index) => ({ item, index }))
    .sort((left, right) => right.item.rank - left.item.rank || right.index - left.index)
    .map(({ item }) => item);
}

function without(story: Story, order: readonly Item[], count: number): Story {
  const gone = new Set(order.slice(0, count));
  return {
    ...story,
    sections: story.sections.map((section) => {
      const items = section.items.filter((item) => !gone.has(item));
      return { ...section, items, more: section.more + section.items.length - items.length };
    }),
  };
}
