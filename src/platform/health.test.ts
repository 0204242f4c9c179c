import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Azurite, startAzurite } from '../local/azurite.ts';
import { areSettingsUsable, createHealth, type HealthOptions } from './health.ts';
import { createSweepRecord } from './health-sweep.ts';
import { createMessageQueues } from './message-queues.ts';
import { readSettings } from './settings.ts';
import { openStorage } from './storage.ts';

const NOW = new Date('2026-09-14T02:30:00.000Z');
const never = new Promise<never>(() => {});
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);

function options(changes: Partial<ReturnType<HealthOptions['open']>> = {}): HealthOptions {
  return {
    areSettingsUsable: () => true,
    open: () => ({
      look: async () => ({ abandonedInvestigations: 0, oldestMinutes: {} }),
      lastSweep: async () => minutesAgo(1),
      ...changes,
    }),
    now: () => NOW,
    wait: () => never,
  };
}

const OK = { settings: 'ok', storage: 'ok', queues: 'ok', sweep: 'ok' };

describe('health', () => {
  test('is ok where everything moves', async () => {
    expect(await createHealth(options())()).toEqual({ status: 'ok', parts: OK });
  });

  test.each([
    ['the sweep is old', { lastSweep: async () => minutesAgo(6) }, { sweep: 'degraded' }],
    ['no sweep has ended yet', { lastSweep: async () => undefined }, { sweep: 'degraded' }],
    [
      'a message waits for long',
      { look: async () => ({ abandonedInvestigations: 0, oldestMinutes: { deliver: 16 } }) },
      { queues: 'degraded' },
    ],
    [
      'an investigation was given up',
      { look: async () => ({ abandonedInvestigations: 1, oldestMinutes: {} }) },
      { queues: 'degraded' },
    ],
    ['the queues do not answer', { look: () => Promise.reject(new Error('key=secret')) }, { queues: 'degraded' }],
    [
      'the table does not answer',
      { lastSweep: () => Promise.reject(new Error('key=secret')) },
      { storage: 'degraded', sweep: 'degraded' },
    ],
  ])('is degraded where %s, and says which part and no more', async (_, changes, parts) => {
    const health = await createHealth(options(changes))();
    expect(health).toEqual({ status: 'degraded', parts: { ...OK, ...parts } });
  });

  test('asks nobody where the settings are not usable', async () => {
    let opened = 0;
    const open = () => {
      opened += 1;
      return options().open();
    };
    const health = await createHealth({ ...options(), areSettingsUsable: () => false, open })();
    const all = { settings: 'degraded', storage: 'degraded', queues: 'degraded', sweep: 'degraded' };
    expect(health).toEqual({ status: 'degraded', parts: all });
    expect(opened).toBe(0);
  });

  test('storage that cannot even be opened is degraded, and nothing rejects', async () => {
    const open = () => {
      throw new Error('no such account');
    };
    expect(await createHealth({ ...options(), open })()).toMatchObject({ status: 'degraded' });
  });

  test('answers at its deadline, whatever hangs, and keeps to what it said', async () => {
    const late = Promise.withResolvers<Date>();
    const deadline = Promise.withResolvers<void>();
    let waited = 0;
    const wait = (ms: number) => {
      waited = ms;
      return deadline.promise;
    };
    const pending = createHealth({ ...options({ lastSweep: () => late.promise }), wait })();
    deadline.resolve();
    const health = await pending;
    expect(health.parts).toMatchObject({ storage: 'degraded', sweep: 'degraded' });
    late.resolve(NOW);
    await late.promise;
    expect(health.parts).toMatchObject({ storage: 'degraded', sweep: 'degraded' });
    expect(waited).toBe(5_000);
  });

  test('however often it is asked, storage is asked once in ten seconds', async () => {
    let looks = 0;
    let nowMs = NOW.getTime();
    const health = createHealth({
      ...options({
        look: async () => {
          looks += 1;
          return { abandonedInvestigations: 0, oldestMinutes: {} };
        },
      }),
      now: () => new Date(nowMs),
    });
    await Promise.all(Array.from({ length: 100 }, health));
    nowMs += 9_999;
    await health();
    expect(looks).toBe(1);
    nowMs += 1;
    await health();
    expect(looks).toBe(2);
    // A clock that was set back must not keep an old answer for as long.
    nowMs -= 60_000;
    await health();
    expect(looks).toBe(3);
  });
});

describe('the settings', () => {
  test('are usable where the sinks’ are as well', () => {
    expect(areSettingsUsable({ AzureWebJobsStorage: 'UseDevelopmentStorage=true' })).toBe(true);
    expect(areSettingsUsable({ ARM_ENDPOINT: 'http://not.https' })).toBe(false);
    expect(areSettingsUsable({ SLACK_WEBHOOK_URL: 'not a url' })).toBe(false);
  });
});

describe('over storage', () => {
  let azurite: Azurite;
  beforeAll(async () => {
    azurite = await startAzurite();
  });
  afterAll(() => azurite.stop());

  test('the time of the last sweep is written and read back; before the first there is none', async () => {
    const storage = openStorage(readSettings({ AzureWebJobsStorage: azurite.connectionString }));
    const record = createSweepRecord(storage);
    expect(await record.read()).toBeUndefined();
    await record.write(minutesAgo(2));
    await record.write(minutesAgo(1));
    expect(await record.read()).toEqual(minutesAgo(1));

    const open = () => ({ look: createMessageQueues(storage).look, lastSweep: record.read });
    expect(await createHealth({ ...options(), open })()).toEqual({ status: 'ok', parts: OK });
  });
});
