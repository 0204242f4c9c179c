import { expect, test } from '@jest/globals';
import { createTurns } from './turns.ts';

const { signal } = new AbortController();

/** Takes both places of a house with two, and says how to give one back. */
async function fullHouse() {
  const takeTurn = createTurns(2);
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const inside = gates.map(({ promise }) => takeTurn(0, signal, () => promise));
  return { takeTurn, gates, inside };
}

test('whoever waits is let in by rank, and then in the order of coming', async () => {
  const { takeTurn, gates } = await fullHouse();
  const order: string[] = [];
  const enter = (name: string, rank: number) =>
    takeTurn(rank, signal, async () => {
      order.push(name);
    });
  const all = [enter('late', 3), enter('first', 1), enter('middle', 2), enter('second', 1)];
  await Promise.resolve();
  expect(order).toEqual([]);
  gates[0].resolve();
  await Promise.all(all);
  expect(order).toEqual(['first', 'second', 'middle', 'late']);
});

test('a turn that fails gives its place back', async () => {
  const { takeTurn, gates, inside } = await fullHouse();
  gates[0].reject(new Error('failed'));
  await expect(inside[0]).rejects.toThrow('failed');
  expect(await takeTurn(0, signal, async () => 'in')).toBe('in');
});

test('whoever is called off while waiting leaves at once, and takes no place', async () => {
  const { takeTurn, gates } = await fullHouse();
  const controller = new AbortController();
  let isEntered = false;
  const waiting = takeTurn(0, controller.signal, async () => {
    isEntered = true;
  });
  const next = takeTurn(1, signal, async () => 'in');
  controller.abort(new Error('called off'));
  await expect(waiting).rejects.toThrow('called off');
  gates[0].resolve();
  expect(await next).toBe('in');
  expect(isEntered).toBe(false);
  await expect(takeTurn(0, controller.signal, async () => {})).rejects.toThrow('called off');
});
