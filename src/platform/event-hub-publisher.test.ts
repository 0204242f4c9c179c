import { afterEach, describe, expect, test } from '@jest/globals';
import type { EventHubs } from '../simulator/event-hubs/event-hubs.ts';
import { startEventHubs } from '../simulator/event-hubs/event-hubs.ts';
import { eventHub } from '../sinks/event-hub/index.ts';
import { confirmedUpdate, likelyWrongPort } from '../sinks/samples.ts';
import { createEventHubPublisher, type Producer } from './event-hub-publisher.ts';

/** The real client against an AMQP endpoint on this machine, and what it does not show, against a client of the test. */

let hubs: EventHubs | undefined;
afterEach(async () => {
  await hubs?.close();
  hubs = undefined;
});

const noCredential = () => Promise.reject(new Error('nobody signs in here'));

async function start() {
  const started = await startEventHubs({ hubs: [{ name: 'incidents', partitions: 4 }] });
  hubs = started;
  const publish = createEventHubPublisher(noCredential);
  const send = (notification: typeof likelyWrongPort, name = 'incidents', connection = started.connectionString) => {
    const place = eventHub.configure({ EVENT_HUB_CONNECTION_STRING: connection, EVENT_HUB_NAME: name });
    if (place === undefined) throw new Error('These settings should configure the sink.');
    const context = { fetch, publish, abort: AbortSignal.timeout(20_000) };
    return eventHub.send(eventHub.render(notification), place, context);
  };
  return { started, send };
}

async function received(connectionString: string, count: number): Promise<readonly unknown[]> {
  const { EventHubConsumerClient, earliestEventPosition } = await import('@azure/event-hubs');
  const consumer = new EventHubConsumerClient('$Default', connectionString, 'incidents');
  const bodies: unknown[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      consumer.subscribe(
        {
          processEvents: async (events) => {
            for (const { body, partitionKey, contentType, messageId } of events) {
              bodies.push({ body, partitionKey, contentType, messageId });
            }
            if (bodies.length >= count) resolve();
          },
          processError: async (error) => reject(error),
        },
        { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 },
      );
    });
  } finally {
    await consumer.close();
  }
  return bodies;
}

describe('publishing to an event hub', () => {
  test('the events of one incident reach one partition, in order, as CloudEvents', async () => {
    const { started, send } = await start();
    expect(await send(likelyWrongPort)).toEqual({ outcome: 'delivered' });
    expect(await send(confirmedUpdate)).toEqual({ outcome: 'delivered' });
    const partitions = started.counts().flatMap(({ partitions: all }) => all);
    expect(partitions.filter((partition) => Object.values(partition).includes(2))).not.toEqual([]);
    expect(await received(started.connectionString, 2)).toEqual([
      expect.objectContaining({
        partitionKey: likelyWrongPort.incidentId,
        messageId: `${likelyWrongPort.incidentId}/1`,
        contentType: 'application/cloudevents+json; charset=utf-8',
        body: expect.objectContaining({ specversion: '1.0', type: 'appgw-triage.incident.opened' }),
      }),
      expect.objectContaining({ body: expect.objectContaining({ type: 'appgw-triage.incident.updated' }) }),
    ]);
  });

  test('a hub that does not exist, and a wrong key, are final', async () => {
    const { started, send } = await start();
    expect(await send(likelyWrongPort, 'elsewhere')).toMatchObject({ outcome: 'rejected' });
    const wrongKey = started.connectionString.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3Jvbmc=');
    const outcome = await send(likelyWrongPort, 'incidents', wrongKey);
    expect(outcome.outcome).not.toBe('delivered');
    expect(JSON.stringify(outcome)).not.toMatch(/127\.0\.0\.1|d3Jvbmc/);
  });

  test('after an outage the next attempt gets through', async () => {
    const { started, send } = await start();
    expect(await send(likelyWrongPort)).toEqual({ outcome: 'delivered' });
    started.faults.refuseConnections();
    started.faults.dropConnections();
    const during = await send(confirmedUpdate);
    expect(during.outcome).toBe('retry');
    await started.faults.acceptConnections();
    expect(await send(confirmedUpdate)).toEqual({ outcome: 'delivered' });
  });
});

describe('the connection', () => {
  const place = { namespace: 'ns.example.com', eventHub: 'incidents' };
  const event = { body: '{}', contentType: 'application/json', partitionKey: 'i', messageId: 'i/1' };
  const never = new AbortController().signal;

  function producerThat(sendBatch: Producer['sendBatch']) {
    const counts = { opened: 0, closed: 0 };
    const publish = createEventHubPublisher(noCredential, async () => {
      counts.opened += 1;
      return {
        sendBatch,
        close: async () => {
          counts.closed += 1;
        },
      };
    });
    return { publish, counts };
  }

  test('is closed after the event, and opened anew for the next', async () => {
    const { publish, counts } = producerThat(async () => {});
    await publish(place, event, never);
    await publish(place, event, never);
    expect(counts).toEqual({ opened: 2, closed: 2 });
  });

  test('is closed after a failure, which is told', async () => {
    const { publish, counts } = producerThat(() => Promise.reject(new Error('link detached')));
    await expect(publish(place, event, never)).rejects.toThrow('link detached');
    expect(counts).toEqual({ opened: 1, closed: 1 });
  });

  test('that hangs is left at the deadline', async () => {
    const { publish, counts } = producerThat(() => new Promise<void>(() => {}));
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    await expect(publish(place, event, controller.signal)).rejects.toThrow('aborted');
    await expect(publish(place, event, AbortSignal.abort())).rejects.toThrow('aborted');
    expect(counts).toEqual({ opened: 2, closed: 2 });
  });

  test('that cannot be opened is told', async () => {
    const publish = createEventHubPublisher(noCredential);
    await expect(publish(place, event, never)).rejects.toThrow('nobody signs in here');
  });

  test('that cannot be closed changes nothing', async () => {
    const publish = createEventHubPublisher(noCredential, async () => ({
      sendBatch: async () => {},
      close: () => Promise.reject(new Error('gone already')),
    }));
    await publish(place, event, never);
  });
});
