import { describe, expect, test } from '@jest/globals';
import type { HubBatch } from '../platform/event-hub-writer.ts';
import { envelopeOf, type ReplayPart, recordsIn } from './replay-parts.ts';
import { ReplaySender } from './replay-sender.ts';

/** A hub in memory: what it took, batch by batch. The batches with these numbers fail, with or without being stored. */
function memoryHub(limitBytes: number, failing: ReadonlyMap<number, 'stored' | 'lost'> = new Map()) {
  const taken: string[][] = [];
  let sends = 0;
  const openBatch = async (): Promise<HubBatch> => {
    const messages: string[] = [];
    let size = 0;
    return {
      tryAdd: (bytes) => {
        if (size + bytes.length > limitBytes) return false;
        size += bytes.length;
        messages.push(new TextDecoder().decode(bytes));
        return true;
      },
      send: async () => {
        sends += 1;
        const fate = failing.get(sends);
        if (fate !== 'lost') taken.push(messages);
        if (fate !== undefined) throw new Error('The connection was cut.');
      },
    };
  };
  const records = () => taken.flat().flatMap((message) => recordsIn(message));
  return { openBatch, taken, records };
}

const options = { recordsPerBatch: Number.POSITIVE_INFINITY, pace: async () => {} };

function record(number: number, size = 0): ReplayPart {
  return { kind: 'record', text: JSON.stringify({ number, filler: 'x'.repeat(size) }), records: 1 };
}

function message(numbers: readonly number[], size = 0): ReplayPart {
  const text = envelopeOf(numbers.map((number) => record(number, size).text));
  return { kind: 'message', text, records: numbers.length };
}

const numbersIn = (records: readonly string[]) =>
  records.map((text) => (JSON.parse(text) as { number: number }).number);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

async function sendAll(hub: ReturnType<typeof memoryHub>, items: readonly ReplayPart[], skip: number) {
  const sender = new ReplaySender(hub, skip, options);
  try {
    for (const item of items.slice(skip)) await sender.add([item]);
    await sender.finish();
  } catch {
    // Its totals tell how far it came.
  }
  return sender.totals;
}

describe('items', () => {
  test('go out in order: messages as they are, records put into messages', async () => {
    const hub = memoryHub(10_000);
    const items = [record(1), record(2), message([3, 4]), record(5)];
    expect(await sendAll(hub, items, 0)).toEqual({ messages: 3, records: 5, batches: 1, tooLarge: 0, upTo: 4 });
    expect(hub.taken).toEqual([
      [envelopeOf([record(1).text, record(2).text]), items[2]?.text, envelopeOf([record(5).text])],
    ]);
  });

  test('are spread over batches as large as the hub takes', async () => {
    const hub = memoryHub(1_000);
    const totals = await sendAll(
      hub,
      upTo(30).map((number) => message([number], 200)),
      0,
    );
    expect(totals).toMatchObject({ messages: 30, records: 30, batches: 8, upTo: 30 });
    expect(numbersIn(hub.records())).toEqual(upTo(30));
  });

  test('that are too large are parted by their records, and a record that is too large is left out', async () => {
    const hub = memoryHub(1_000);
    const large: ReplayPart = {
      ...{ kind: 'message', records: 6 },
      text: envelopeOf([...upTo(5).map((number) => record(number, 300).text), record(6, 2_000).text]),
    };
    const totals = await sendAll(hub, [large, record(7)], 0);
    expect(totals).toMatchObject({ records: 6, tooLarge: 1, upTo: 2 });
    expect(numbersIn(hub.records())).toEqual([1, 2, 3, 4, 5, 7]);
  });

  test('go out in smaller batches at a rate, and wait for their turn', async () => {
    const hub = memoryHub(100_000);
    const waited: number[] = [];
    const sender = new ReplaySender(hub, 0, {
      recordsPerBatch: 4,
      pace: async (records) => {
        waited.push(records);
      },
    });
    for (const number of upTo(10)) await sender.add([record(number)]);
    await sender.add([message(upTo(9))]);
    await sender.finish();
    expect(waited).toEqual([4, 4, 2, 9]);
  });
});

describe('a replay that fails', () => {
  const items = upTo(40).map((number) => (number % 7 === 0 ? message([number], 150) : record(number, 150)));

  test.each(upTo(6))('at batch %i tells from where to go on, so that nothing is lost or doubled', async (batch) => {
    for (const fate of ['lost', 'stored'] as const) {
      const hub = memoryHub(1_500, new Map([[batch, fate]]));
      const first = await sendAll(hub, items, 0);
      // What the hub has not confirmed is told, and where to go on depends on whether it arrived.
      expect(first.uncertainUpTo).toBeGreaterThan(first.upTo);
      const skip = fate === 'stored' ? (first.uncertainUpTo ?? 0) : first.upTo;
      const rest = await sendAll(hub, items, skip);
      expect(rest).toMatchObject({ upTo: 40 });
      expect(rest.uncertainUpTo).toBeUndefined();
      expect(numbersIn(hub.records())).toEqual(upTo(40));
    }
  });

  test('leaves what has not been sent out of what it says was sent', async () => {
    const hub = memoryHub(1_500);
    const sender = new ReplaySender(hub, 0, options);
    for (const item of items.slice(0, 5)) await sender.add([item]);
    expect(sender.totals).toMatchObject({ records: 0, upTo: 0 });
    await sender.finish();
    expect(sender.totals).toMatchObject({ records: 5, upTo: 5 });
  });
});
