import { expect, test } from '@jest/globals';
import { memoryPorts, signal } from '../../test/memory-ports.ts';
import type { SendOutcome } from '../sinks/sink.ts';
import { DeliveryPostponed, deliver } from './deliver.ts';
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
  const receipt = await receiveSignal(ports, { outcome: 'signal', signal: signal() });
  const incidentId = String(receipt.body.incidentId);
  const message: DeliverMessage = { incidentId, revision: 1, sink: sink.name, notification: 'n.json' };
  ports.documents.set('n.json', { incidentId });
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
  const both = await Promise.allSettled([deliver(ports, message), deliver(ports, message)]);
  expect(both.map((one) => one.status).toSorted()).toEqual(['fulfilled', 'rejected']);
  await deliver(ports, message);
  expect(sink.sent).toBe(1);
});

test('what may work later is left to the queue, and sent then', async () => {
  const sink = sinkAnswering({ outcome: 'retry', reason: '429' }, { outcome: 'delivered' });
  const { ports, message } = await prepared(sink);
  await expect(deliver(ports, message)).rejects.toBeInstanceOf(DeliveryPostponed);
  await deliver(ports, message);
  expect(sink.sent).toBe(2);
  expect(ports.deadLetters).toEqual([]);
});

test('what can never work becomes a visible dead letter at once', async () => {
  const sink = sinkAnswering({ outcome: 'rejected', reason: '400 invalid_blocks' });
  const { ports, message, events } = await prepared(sink);
  await deliver(ports, message);
  expect(ports.deadLetters).toEqual([{ message, reason: '400 invalid_blocks' }]);
  expect(events()).toEqual(['opened', 'delivery-failed']);
  await deliver(ports, message);
  expect(sink.sent).toBe(1);
});

test('a crash between the send and the ledger is the only way to post twice', async () => {
  const sink = sinkAnswering({ outcome: 'delivered' });
  const { ports, message } = await prepared(sink);
  ports.failAt.set('ledger.complete', new Error('the process died'));
  await expect(deliver(ports, message)).rejects.toThrow('the process died');
  ports.failAt.clear();
  await expect(deliver(ports, message)).rejects.toBeInstanceOf(DeliveryPostponed);
  expect(sink.sent).toBe(1);
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
