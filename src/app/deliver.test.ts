import { expect, test } from '@jest/globals';
import { memoryPorts, signal } from '../../test/memory-ports.ts';
import { samples } from '../sinks/samples.ts';
import type { SendOutcome } from '../sinks/sink.ts';
import { deliver } from './deliver.ts';
import type { BoundSink, DeliverMessage } from './ports.ts';
import { receiveSignal } from './receive-alert.ts';

function sinkAnswering(...outcomes: readonly SendOutcome[]): BoundSink & { sent: number } {
  const sink = {
    name: 'slack',
    sent: 0,
    deliver: async () => {
      const outcome = outcomes[Math.min(sink.sent, outcomes.length - 1)] as SendOutcome;
      sink.sent += 1;
      return outcome;
    },
  };
  return sink;
}

async function prepared(sink: BoundSink) {
  const ports = memoryPorts([sink]);
  const receipt = await receiveSignal(ports, { outcome: 'signal', signal: signal({ severity: 3 }) });
  const incidentId = String(receipt.body.incidentId);
  const message: DeliverMessage = { incidentId, revision: 1, sink: sink.name, notification: 'n.json' };
  ports.documents.set('n.json', samples.likelyWrongPort);
  return { ports, message, events: () => [...ports.rows.values()][0]?.timeline.map((entry) => entry.event) };
}

test('sends, and writes the ledger after the send', async () => {
  const sink = sinkAnswering({ outcome: 'delivered' });
  const { ports, message, events } = await prepared(sink);
  await deliver(ports, message);
  expect([...ports.ledgerRows.values()]).toEqual(['delivered']);
  expect(events()).toEqual(['opened', 'delivered']);
});

test('two deliveries of one decision post once, at once or one after the other', async () => {
  const sink = sinkAnswering({ outcome: 'delivered' });
  const { ports, message } = await prepared(sink);
  await Promise.all([deliver(ports, message), deliver(ports, message)]);
  await deliver(ports, message);
  expect(sink.sent).toBe(1);
});

test('what may work later is queued anew with its delay, and sent then', async () => {
  const sink = sinkAnswering({ outcome: 'retry', reason: '503' }, { outcome: 'delivered' });
  const { ports, message } = await prepared(sink);
  await deliver(ports, message);
  expect(ports.deliverQueue).toMatchObject([{ ...message, attempts: 1 }]);
  expect(ports.delays[0]).toBeGreaterThan(0);
  await deliver(ports, ports.deliverQueue[0] as DeliverMessage);
  expect(sink.sent).toBe(2);
  expect(ports.deadLetters).toEqual([]);
});

test('a sink that names a time is left alone until then, with all its messages', async () => {
  const sink = sinkAnswering({ outcome: 'retry', reason: '429', retryAfterSeconds: 60 }, { outcome: 'delivered' });
  const { ports, message } = await prepared(sink);
  await deliver(ports, message);
  await deliver(ports, { ...message, revision: 2 });
  expect(sink.sent).toBe(1);
  expect(Math.min(...ports.delays)).toBeGreaterThanOrEqual(60);
  ports.clock = new Date(ports.clock.getTime() + 120_000);
  await deliver(ports, { ...message, revision: 2 });
  expect(sink.sent).toBe(2);
});

test('a sink that hangs is tried by one message at a time, ever more rarely, until it answers', async () => {
  let isHanging = true;
  let meanwhile: () => Promise<void> = async () => {};
  const sink: BoundSink & { sent: number } = {
    name: 'slack',
    sent: 0,
    deliver: async () => {
      sink.sent += 1;
      await meanwhile();
      ports.clock = new Date(ports.clock.getTime() + (isHanging ? 15_000 : 200));
      return isHanging ? { outcome: 'retry', reason: 'no answer' } : { outcome: 'delivered' };
    },
  };
  const { ports, message } = await prepared(sink);
  const others = [2, 3, 4].map((revision): DeliverMessage => ({ ...message, incidentId: `other-${revision}` }));
  await deliver(ports, message);
  for (const other of others) await deliver(ports, other);
  expect(sink.sent).toBe(1);
  expect(ports.delays.slice(1).every((delay) => delay >= 30)).toBe(true);

  // The pause is over: the first looks whether the sink answers, and the others wait for what it finds.
  ports.clock = new Date(ports.clock.getTime() + 31_000);
  meanwhile = () => deliver(ports, others[1] as DeliverMessage);
  await deliver(ports, others[0] as DeliverMessage);
  meanwhile = async () => {};
  expect(sink.sent).toBe(2);
  expect(await ports.ledger.standing('slack')).toMatchObject({ hung: 2 });
  const waits = ports.delays.length;
  await deliver(ports, others[2] as DeliverMessage);
  expect(ports.delays[waits]).toBeGreaterThanOrEqual(60);

  isHanging = false;
  ports.clock = new Date(ports.clock.getTime() + 61_000);
  for (const other of others) await deliver(ports, other);
  expect(sink.sent).toBe(5);
  expect(await ports.ledger.standing('slack')).toEqual({ hung: 0 });
});

test('a quick failure keeps no other message from its sink', async () => {
  const sink = sinkAnswering({ outcome: 'retry', reason: '503' }, { outcome: 'delivered' });
  const { ports, message } = await prepared(sink);
  await deliver(ports, message);
  await deliver(ports, { ...message, incidentId: 'other' });
  expect(sink.sent).toBe(2);
});

test('what waits for its turn for half a day is tried once more, and becomes a dead letter', async () => {
  const sink = sinkAnswering({ outcome: 'retry', reason: 'no answer' });
  const { ports, message } = await prepared(sink);
  await ports.ledger.pause('slack', new Date(ports.clock.getTime() + 14 * 3_600_000).toISOString(), 9);
  await deliver(ports, message);
  const [waiting] = ports.deliverQueue;
  ports.clock = new Date(ports.clock.getTime() + 13 * 3_600_000);
  await deliver(ports, waiting as DeliverMessage);
  expect(sink.sent).toBe(1);
  expect(ports.deadLetters).toHaveLength(1);
});

test('what was sent is written down as soon as storage answers again', async () => {
  const sink = sinkAnswering({ outcome: 'delivered' });
  const { ports, message } = await prepared(sink);
  const waits: number[] = [];
  Object.assign(ports, {
    sleep: async (ms: number) => {
      waits.push(ms);
      if (waits.length === 4) ports.failAt.clear();
    },
  });
  ports.failAt.set('ledger.complete', new Error('503 ServerBusy'));
  await deliver(ports, message);
  await deliver(ports, message);
  expect(sink.sent).toBe(1);
  expect(waits).toHaveLength(4);
});

test('a message that a later one has overtaken is not sent any more', async () => {
  const sink = sinkAnswering({ outcome: 'delivered' });
  const { ports, message, events } = await prepared(sink);
  await deliver(ports, { ...message, revision: 2 });
  await deliver(ports, message);
  expect(sink.sent).toBe(1);
  expect(events()?.at(-1)).toBe('overtaken');
});

test('what the last message left behind is handed to the next', async () => {
  const receipts: (string | undefined)[] = [];
  const sink: BoundSink = {
    name: 'slack',
    deliver: async (_notification, receipt) => {
      receipts.push(receipt);
      return { outcome: 'delivered', receipt: 'the-post' };
    },
  };
  const { ports, message } = await prepared(sink);
  await deliver(ports, message);
  await deliver(ports, { ...message, revision: 2 });
  expect(receipts).toEqual([undefined, 'the-post']);
});

test('what is refused is sent once more with its essentials, and becomes a visible dead letter', async () => {
  const sink = sinkAnswering({ outcome: 'rejected', reason: '400 invalid_blocks' });
  const { ports, message, events } = await prepared(sink);
  await deliver(ports, message);
  const [again] = ports.deliverQueue;
  expect(again).toMatchObject({ isMinimal: true });
  await deliver(ports, again as DeliverMessage);
  expect(ports.deadLetters).toMatchObject([{ reason: expect.stringContaining('400 invalid_blocks') }]);
  expect(events()).toEqual(['opened', 'delivery-postponed', 'delivery-failed']);
  await deliver(ports, message);
  expect(sink.sent).toBe(2);
});

test('after half a day of trying it is a dead letter', async () => {
  const sink = sinkAnswering({ outcome: 'retry', reason: '503' });
  const { ports, message } = await prepared(sink);
  const since = new Date(ports.clock.getTime() - 13 * 3_600_000).toISOString();
  await deliver(ports, { ...message, attempts: 99, since });
  expect(ports.deadLetters).toHaveLength(1);
  expect(ports.deliverQueue).toEqual([]);
});

test('a crash between the send and the ledger is the only way to post twice', async () => {
  const sink = sinkAnswering({ outcome: 'delivered' });
  const { ports, message } = await prepared(sink);
  ports.failAt.set('ledger.complete', new Error('the process died'));
  await expect(deliver(ports, message)).rejects.toThrow('the process died');
  ports.failAt.clear();
  await deliver(ports, message);
  expect(sink.sent).toBe(1);
  expect(ports.deliverQueue).toHaveLength(1);
});

test.each([
  ['a sink that is no longer configured', { sink: 'teams' }],
  ['a notification that is gone', { notification: 'gone.json' }],
])('%s becomes a dead letter with its reason', async (_name, change) => {
  const { ports, message } = await prepared(sinkAnswering({ outcome: 'delivered' }));
  await deliver(ports, { ...message, ...change });
  expect(ports.deadLetters).toHaveLength(1);
  expect(ports.deadLetters[0]?.reason).toMatch(/\.$/);
});
