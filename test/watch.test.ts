import { setTimeout as sleep } from 'node:timers/promises';
import { EventHubConsumerClient, earliestEventPosition } from '@azure/event-hubs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type EventHubs, startEventHubs } from '../src/simulator/event-hubs/event-hubs.ts';
import { type RequestSketch, requestText } from '../src/traffic/window-samples.ts';
import { type Running, runProgram, startProgram } from './spawned-cli.ts';

/** `watch` as a user runs it, against an AMQP endpoint on this machine. */

let hubs: EventHubs;
const running: Running[] = [];
beforeAll(async () => {
  const names = ['tail', 'cut', 'once', 'held', 'lines', 'quiet', 'refused'];
  hubs = await startEventHubs({ hubs: names.map((name) => ({ name, partitions: 3, consumerGroups: ['laptop'] })) });
});
afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});
afterAll(() => hubs?.close());

const env = () => ({ LOG_HUB_CONNECTION_STRING: hubs.connectionString });

function watch(...args: readonly string[]): Running {
  const program = startProgram(['watch', ...args], env());
  running.push(program);
  return program;
}

const DOWN: RequestSketch = { status: 502, serverStatus: '', error: 'ERRORINFO_UPSTREAM_NO_LIVE', path: '/basket' };

function send(hub: string, partition: string, requests: readonly RequestSketch[]): void {
  const at = new Date().toISOString();
  const records = requests.map((request) => requestText({ at, ...request }));
  hubs.append(hub, partition, Buffer.from(`{"records":[${records.join(',')}]}`));
}

/** What the last whole line says. */
function latest({ stdout }: Running) {
  const line = stdout().split('\n').slice(0, -1).at(-1);
  return line === undefined ? undefined : JSON.parse(line);
}

describe('watch', () => {
  test('tails from the end, and ends with a summary when it is asked to', async () => {
    send('tail', '0', [DOWN, DOWN]);
    const program = watch('--hub', 'tail', '--json', '--interval', '1s', '--consumer-group', 'laptop');
    // The first object says that the end is fixed; what comes now is new.
    await program.until(() => latest(program) !== undefined);
    expect(latest(program)).toMatchObject({ schema: 'appgw-triage/watch@1', totals: { requests: 0 } });
    for (const partition of ['0', '1', '2']) send('tail', partition, [DOWN, {}, {}]);
    await program.until(() => latest(program).totals.requests === 9);
    program.child.kill('SIGINT');
    const { code, stderr } = await program.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(latest(program)).toMatchObject({
      isFinal: true,
      hub: 'tail',
      window: {
        ...{ minutes: 10, requests: 9, failed: 3, status502: 3, status504: 0 },
        targets: [{ gateway: 'shop-edge', pool: 'shop-web', setting: 'https-443', requests: 9, failed: 3 }],
        errors: [{ error: 'ERRORINFO_UPSTREAM_NO_LIVE', failed: 3 }],
        paths: [{ path: '/basket', failed: 3 }],
      },
      totals: { requests: 9, failed: 3, messages: 3, otherRecords: 0 },
      gaps: { missing: 0, unreadable: 0, unread: 0, late: 0, silent: [], isLowerBound: false },
      partitions: ['0', '1', '2'].map((id) => ({ id, lag: 0 })),
      problems: [],
    });
  });

  test('comes back after it was cut off, counts nothing twice, and tells what is missing', async () => {
    const program = watch('--hub', 'cut', '--json', '--interval', '1s');
    await program.until(() => latest(program) !== undefined);
    send('cut', '0', [DOWN]);
    await program.until(() => latest(program).totals.requests === 1);
    hubs.faults.repeatOnAttach(5);
    hubs.faults.refuseConnections();
    hubs.faults.dropConnections();
    await program.until(() => program.stderr().includes('Not read: partition '));
    expect(program.stderr()).toMatch(/does not answer; a firewall/);
    hubs.faults.skipSequenceNumbers('cut', '0', 4);
    send('cut', '0', [DOWN, {}]);
    hubs.append('cut', '1', Buffer.from('{"records":['));
    await hubs.faults.acceptConnections();
    await program.until(() => latest(program).totals.requests === 3 && latest(program).totals.messages === 3);
    await program.until(() => program.stderr().includes('All partitions are read again.'));
    hubs.faults.repeatOnAttach(0);
    program.child.kill('SIGTERM');
    expect((await program.ended).code).toBe(0);
    expect(latest(program)).toMatchObject({
      totals: { requests: 3, failed: 2, messages: 3 },
      gaps: { missing: 4, unreadable: 1, isLowerBound: true },
    });
  });

  test('reads once what is there, and shows it as a table', async () => {
    send('once', '1', [DOWN, { ...DOWN, status: 504, path: '/\u001b[2Jevil' }, {}]);
    send('once', '2', [{}]);
    const { code, stdout, stderr } = await runProgram(['watch', '--hub', 'once', '--once'], env());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Last 10 min: 2 of 4 requests failed \(50\.0 %\)$/m);
    expect(stdout).toMatch(/^shop-web~https-443 +1 +1 +4 +50\.0 %$/m);
    expect(stdout).toMatch(/^ERRORINFO_UPSTREAM_NO_LIVE +2$/m);
    expect(stdout).not.toContain('\u001b');
    const json = await runProgram(['watch', '--hub', 'once', '--once', '--since', '1h', '--json'], env());
    expect(JSON.parse(json.stdout)).toMatchObject({ isFinal: true, window: { minutes: 60, requests: 4 } });
  });

  test('prints a line at each interval where there is no terminal, and a summary at the end', async () => {
    const program = watch('--hub', 'lines', '--interval', '1s');
    await program.until(() => program.stdout() !== '');
    send('lines', '0', [DOWN, {}]);
    await program.until(() => program.stdout().includes('Z 1 of 2 requests failed (50.0 %)'));
    program.child.kill('SIGINT');
    const { code, stdout } = await program.ended;
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ no requests; last 10 min no requests; up to date$/);
    expect(lines.at(-1)).toMatch(/^Watched lines for [\dms ]+: 1 of 2 requests failed \(50\.0 %\)/);
  });

  test('ends by itself after the time that it is given', async () => {
    const { code, stdout, stderr } = await runProgram(['watch', '--hub', 'quiet', '--for', '1s'], env());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Watched quiet for [^\n]*: no requests[^\n]*\n$/);
  });

  test('keeps out of the way of who has the partitions, and says what to do', async () => {
    const owner = new EventHubConsumerClient('laptop', hubs.connectionString, 'held');
    const seen = new Set<string>();
    for (const partition of ['0', '1', '2']) {
      send('held', partition, [{}]);
      owner.subscribe(
        partition,
        {
          processEvents: async (events) => {
            if (events.length > 0) seen.add(partition);
          },
          processError: async () => {},
        },
        { ownerLevel: 1, startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 },
      );
    }
    while (seen.size < 3) await sleep(20);
    const args = ['watch', '--hub', 'held', '--once', '--consumer-group', 'laptop'];
    const { code, stderr } = await runProgram(args, env());
    seen.clear();
    for (const partition of ['0', '1', '2']) send('held', partition, [{}]);
    while (seen.size < 3) await sleep(20);
    await owner.close();
    expect([code, stderr]).toEqual([2, expect.stringMatching(/another reader has this consumer group for itself/)]);
  });

  test.each([
    [['--hub', 'nowhere'], /there is no event hub nowhere in 127\.0\.0\.1/],
    [['--hub', 'quiet', '--consumer-group', 'nobody'], /quiet has no consumer group nobody/],
  ])('%j is one clear line', async (args, words) => {
    const { code, stdout, stderr } = await runProgram(['watch', ...args], env());
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(words)]);
    expect(stderr).toMatch(/^appgw-triage: [^\n]+\n$/);
  });

  test('a key that is not taken is one clear line, without the key', async () => {
    const wrong = hubs.connectionString.replace(/SharedAccessKey=[^;]+/, 'SharedAccessKey=d3JvbmcgYWxs');
    const { code, stderr } = await runProgram(['watch', '--hub', 'refused'], { LOG_HUB_CONNECTION_STRING: wrong });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^appgw-triage: .* the key in LOG_HUB_CONNECTION_STRING is not taken: .* claim Listen\n$/);
    expect(stderr).not.toContain('d3Jvbmc');
  });

  test('an endpoint that is not there is one clear line', async () => {
    const nobody = await startEventHubs({ hubs: [{ name: 'gone', partitions: 1 }] });
    await nobody.close();
    const away = { LOG_HUB_CONNECTION_STRING: nobody.connectionString };
    const { code, stderr } = await runProgram(['watch', '--hub', 'gone'], away);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^appgw-triage: [^\n]*does not answer[^\n]*\n$/)]);
  });
});
