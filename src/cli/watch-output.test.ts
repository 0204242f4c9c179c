import { EventEmitter } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import type { Io } from './command.ts';
import type { WatchView } from './watch-counts.ts';
import { watchOutput } from './watch-output.ts';
import type { WatchMoment } from './watch-text.ts';

const NOW = Date.parse('2026-09-14T02:12:30Z');
const moment: WatchMoment = {
  ...{ hub: 'logs', host: 'ns.servicebus.windows.net', now: NOW, startedAt: NOW - 9_000 },
  ...{ windowMinutes: 10, requestsPerSecond: 1, problems: [] },
};

function viewOf(targets: number): WatchView {
  return {
    window: { requests: 10, failed502: targets, failed504: 0 },
    totals: { requests: 10, failed502: targets, failed504: 0, messages: 1, others: 0 },
    targets: Array.from({ length: targets }, (_, index) => ({
      ...{ gateway: 'edge', pool: `pool-${index}`, setting: 's', requests: 1, failed502: 1, failed504: 0 },
    })),
    errors: [],
    paths: [],
    gaps: { missing: 0, unreadable: 0, unread: 0, late: 0, silent: [] },
    partitions: [],
  };
}

/** A terminal that keeps what it is sent, and a screen on which that is carried out. */
function terminal({ isTTY = true, rows = 20, env = {} as Io['env'] } = {}) {
  const written: string[] = [];
  const stdout = Object.assign(new EventEmitter(), {
    ...{ isTTY, columns: 60, rows },
    write: (text: string) => written.push(text) > 0,
  });
  const errors: string[] = [];
  const stderr = { write: (text: string) => errors.push(text) > 0 };
  const io = { stdout, stderr, stdin: process.stdin, env: { LANG: 'C.UTF-8', ...env } } as unknown as Io;
  const screen = () => {
    let lines: string[] = [''];
    // A printable sign stands for the escape character.
    const text = written.join('').replaceAll('\u001b', '␛');
    for (const [, move, up = '', plain = ''] of text.matchAll(/(␛\[(\d*)A|␛\[J|␛\[2J␛\[H)|([^␛]+|␛\[\?25[lh])/g)) {
      if (move?.endsWith('A')) lines = lines.slice(0, lines.length - Number(up));
      else if (move === '␛[J') lines = [...lines.slice(0, -1), ''];
      else if (move !== undefined) lines = [''];
      else if (!plain.startsWith('␛')) {
        const [first = '', ...more] = plain.split('\n');
        lines = [...lines.slice(0, -1), `${lines.at(-1)}${first}`, ...more];
      }
    }
    return lines;
  };
  return { io, stdout, written, errors, screen };
}

const options = { json: false, isOnce: false, color: undefined, intervalMs: 10_000 };

describe('on a terminal', () => {
  test('the table is drawn over the one before, at most twice a second', () => {
    const { io, screen, written } = terminal({ env: { NO_COLOR: '1' } });
    const output = watchOutput(io, options);
    expect(output.everyMs).toBeGreaterThanOrEqual(500);
    output.show(viewOf(5), moment);
    const tall = screen().length;
    output.show(viewOf(1), moment);
    expect(screen().filter((line) => line.startsWith('logs on'))).toHaveLength(1);
    expect(screen().filter((line) => line.startsWith('pool-'))).toHaveLength(1);
    expect(screen().length).toBeLessThan(tall);
    output.finish(viewOf(1), moment);
    expect(screen().some((line) => line.startsWith('Watched logs for 9s: 1 of 10 requests failed'))).toBe(true);
    // The cursor is hidden once, and comes back.
    expect(written.join('').split('\u001b[?25l')).toHaveLength(2);
    expect(written.join('').endsWith('\u001b[?25h')).toBe(true);
  });

  test('the table leaves room for the cursor, and starts anew after the window has changed', () => {
    const { io, stdout, screen } = terminal({ rows: 12 });
    const output = watchOutput(io, options);
    output.show(viewOf(30), moment);
    expect(screen().length).toBeLessThanOrEqual(12);
    Object.assign(stdout, { columns: 40, rows: 9 });
    stdout.emit('resize');
    expect(screen()).toEqual(['']);
    output.show(viewOf(30), moment);
    expect(screen().length).toBeLessThanOrEqual(9);
    output.finish(viewOf(30), moment);
    expect(stdout.listenerCount('resize')).toBe(0);
  });
});

describe('elsewhere', () => {
  test.each([{ isTTY: false }, { isTTY: true, env: { TERM: 'dumb' } }])('%j is told line by line', (facts) => {
    const { io, written, errors } = terminal(facts);
    const output = watchOutput(io, { ...options, color: false });
    output.show(viewOf(2), moment);
    output.show(viewOf(2), moment);
    output.tell('Not read: partition 0.\u001b[2J');
    expect(output.everyMs).toBe(10_000);
    expect(written.join('')).not.toContain('\u001b');
    expect(written.join('')).toMatch(/^[^\n]*2 of 10 requests failed[^\n]*\n[^\n]*Z no requests;[^\n]*\n$/);
    expect(errors).toEqual(['appgw-triage: Not read: partition 0.\n']);
  });

  test('an object a line has what is new since the one before', () => {
    const { io, written } = terminal({ isTTY: false });
    const output = watchOutput(io, { ...options, json: true });
    output.show(viewOf(2), moment);
    output.finish(viewOf(3), moment);
    const [first, last] = written.map((line) => JSON.parse(line));
    expect(first).toMatchObject({ isFinal: false, interval: { requests: 10, failed: 2 }, window: { failed: 2 } });
    expect(last).toMatchObject({ isFinal: true, interval: { requests: 0, failed: 1 }, totals: { failed: 3 } });
  });
});
