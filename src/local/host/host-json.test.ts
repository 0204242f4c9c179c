import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readHostJson, timeSpanMs } from './host-json.ts';

const minimal = { version: '2.0' };
const read = (json: unknown, settings = {}) => readHostJson(JSON.stringify(json), settings);

describe('host.json', () => {
  test('has the service defaults for what it leaves out', () => {
    expect(read(minimal)).toEqual({
      routePrefix: 'api',
      functionTimeoutMs: 1_800_000,
      queues: {
        batchSize: 16,
        newBatchThreshold: 8,
        maxDequeueCount: 5,
        visibilityTimeoutMs: 0,
        maxPollingIntervalMs: 60_000,
        messageEncoding: 'base64',
      },
      eventHubs: {
        maxEventBatchSize: 100,
        prefetchCount: 300,
        batchCheckpointFrequency: 1,
        initialOffset: { type: 'fromStart' },
        loadBalancingIntervalMs: 10_000,
        ownershipExpirationMs: 60_000,
      },
      logLevels: {},
    });
  });

  test('of this project can be read, and gives a message five attempts', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../host.json'), 'utf8');
    const { queues, routePrefix, functionTimeoutMs } = readHostJson(text, {});
    expect(routePrefix).toBe('api');
    expect(functionTimeoutMs).toBe(300_000);
    expect(queues).toMatchObject({ maxDequeueCount: 5, messageEncoding: 'base64' });
  });

  test('is overridden by app settings, whatever their case', () => {
    const json = { ...minimal, extensions: { queues: { batchSize: 4, visibilityTimeout: '00:00:30' } } };
    const settings = {
      AzureFunctionsJobHost__extensions__queues__BatchSize: '8',
      AZUREFUNCTIONSJOBHOST__extensions__http__routePrefix: '',
      AzureFunctionsJobHost__functionTimeout: '-1',
      Unrelated__extensions__queues__batchSize: '1',
    };
    const result = read(json, settings);
    expect(result.queues).toMatchObject({ batchSize: 8, newBatchThreshold: 4, visibilityTimeoutMs: 30_000 });
    expect(result.routePrefix).toBe('');
    expect(result.functionTimeoutMs).toBe(Number.POSITIVE_INFINITY);
  });

  test('says where an event hub begins, and how its partitions are shared', () => {
    const eventHubs = {
      maxEventBatchSize: 500,
      initialOffsetOptions: { type: 'FromEnqueuedTime', enqueuedTimeUtc: '2026-03-10T10:00:00Z' },
      loadBalancingUpdateInterval: '00:00:01',
    };
    const settings = { AzureFunctionsJobHost__extensions__eventHubs__partitionOwnershipExpirationInterval: '00:00:05' };
    expect(read({ ...minimal, extensions: { eventHubs } }, settings).eventHubs).toMatchObject({
      maxEventBatchSize: 500,
      initialOffset: { type: 'fromEnqueuedTime', at: new Date('2026-03-10T10:00:00Z') },
      loadBalancingIntervalMs: 1_000,
      ownershipExpirationMs: 5_000,
    });
    const fromEnd = { AzureFunctionsJobHost__extensions__eventHubs__initialOffsetOptions__type: 'fromEnd' };
    expect(read({ ...minimal, extensions: { eventHubs } }, fromEnd).eventHubs.initialOffset).toEqual({
      type: 'fromEnd',
    });
  });

  test.each([
    ['not JSON', '{', 'host.json is not a JSON object.'],
    ['a list', '[]', 'host.json is not a JSON object.'],
    ['another version', '{}', '"version" has to be "2.0"'],
    ['a batch that is too large', { extensions: { queues: { batchSize: 33 } } }, 'from 1 to 32'],
    ['a fraction of a message', { extensions: { queues: { batchSize: 1.5 } } }, 'from 1 to 32'],
    ['a pause in seconds', { extensions: { queues: { maxPollingInterval: 2 } } }, 'has to be a time span'],
    ['a prefix that is none', { extensions: { http: { routePrefix: 1 } } }, 'has to be a string'],
    ['an encoding', { extensions: { queues: { messageEncoding: 'utf16' } } }, '"base64" or "none"'],
    ['a section that is none', { extensions: { queues: [] } }, '"queues" has to be an object'],
    ['a batch of nothing', { extensions: { eventHubs: { maxEventBatchSize: 0 } } }, 'from 1 to 10000'],
    ['a beginning', { extensions: { eventHubs: { initialOffsetOptions: { type: 'middle' } } } }, '"fromStart"'],
    [
      'a beginning without a time',
      { extensions: { eventHubs: { initialOffsetOptions: { type: 'fromEnqueuedTime' } } } },
      '"extensions.eventHubs.initialOffsetOptions.enqueuedTimeUtc" has to be a time.',
    ],
    ['a log level', { logging: { logLevel: { default: 'loud' } } }, '"logging.logLevel.default" is no log level'],
  ])('is refused in one sentence for %s', (_, content, sentence) => {
    const text = typeof content === 'string' ? content : JSON.stringify({ ...minimal, ...content });
    expect(() => readHostJson(text, {})).toThrow(sentence);
  });

  test.each([
    ['00:00:02', 2_000],
    ['00:00:00.1', 100],
    ['1.02:03:04', 93_784_000],
  ])('reads the time span %s', (text, ms) => {
    expect(timeSpanMs(text, 'here')).toBe(ms);
  });

  test.each(['', '2', '24:00:00', '00:60:00', '00:00:60', '-00:00:01'])('refuses the time span "%s"', (text) => {
    expect(() => timeSpanMs(text, 'here')).toThrow('"here" has to be a time span');
  });
});
