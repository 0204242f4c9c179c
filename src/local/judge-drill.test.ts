import { describe, expect, test } from '@jest/globals';
import type { EvidenceSummary } from '../core/evidence.ts';
import { isNamed, type Verdict } from '../core/verdict.ts';
import type { Expected } from '../simulator/scenario.ts';
import { judgeDrill } from './judge-drill.ts';

const verdict = (cause: string, level: Verdict['verdict'], parts: Partial<Verdict> = {}): Verdict => ({
  cause,
  verdict: level,
  scope: {},
  because: [],
  missing: [],
  fix: [],
  ...parts,
});
const expected = (parts: Partial<Expected>): Expected => ({
  established: true,
  anyOf: ['empty-pool'],
  at: ['confirmed'],
  ...parts,
});
const read: readonly EvidenceSummary[] = [{ name: 'backend-health', state: 'ok' }];

function judge(wanted: Partial<Expected>, verdicts: readonly Verdict[], evidence = read): readonly string[] {
  const report = { verdicts, evidence, established: verdicts.some(isNamed) };
  return judgeDrill({ expected: expected(wanted) }, { report });
}

const portRead = { read: 'Which ports of 10.0.0.4 accept a connection.', command: 'nc -vz 10.0.0.4 8080' };

describe('the cause that is named best', () => {
  test('is the expected one at an expected level', () => {
    expect(judge({}, [verdict('empty-pool', 'confirmed'), verdict('probe-timing', 'ruled-out')])).toEqual([]);
    expect(judge({}, [verdict('probe-timing', 'likely', { missing: [portRead] })])).toEqual([
      'probe-timing is named, not empty-pool.',
      'It is likely, not confirmed.',
    ]);
  });

  test('is there only where one is expected', () => {
    expect(judge({}, [verdict('empty-pool', 'possible')])).toEqual(['No cause is named.']);
    expect(judge({ established: false, anyOf: [], at: [] }, [verdict('empty-pool', 'likely')])).toEqual([
      'empty-pool is named, and there is none.',
    ]);
    expect(judge({ established: false, anyOf: [], at: [] }, [verdict('empty-pool', 'possible')])).toEqual([]);
  });

  test('says what it waits for where it is only likely', () => {
    const likely = { at: ['likely'] } as const;
    expect(judge(likely, [verdict('empty-pool', 'likely', { missing: [portRead] })])).toEqual([]);
    expect(judge(likely, [verdict('empty-pool', 'likely')])).toEqual([
      'empty-pool is only likely, and no read is named that would settle it.',
    ]);
    const waiting = { ...likely, waitsFor: 'NC -vz' };
    expect(judge(waiting, [verdict('empty-pool', 'likely', { missing: [portRead] })])).toEqual([]);
    expect(
      judge({ ...waiting, waitsFor: 'keep-alive' }, [verdict('empty-pool', 'likely', { missing: [portRead] })]),
    ).toEqual(['empty-pool is only likely, and no read of "keep-alive" is named that would settle it.']);
  });
});

describe('a second cause', () => {
  const second = { alsoNamed: [{ anyOf: ['probe-timing', 'probe-redirected'], at: ['likely'], pool: 'b' }] } as const;
  const best = verdict('empty-pool', 'confirmed', { scope: { pool: 'a' } });

  test('has to be named, for its own pool', () => {
    expect(judge(second, [best, verdict('probe-timing', 'likely', { scope: { pool: 'b' } })])).toEqual([]);
    expect(judge(second, [best, verdict('probe-timing', 'likely', { scope: { pool: 'a' } })])).toEqual([
      'probe-timing or probe-redirected is not named for b.',
    ]);
    expect(judge(second, [best, verdict('probe-timing', 'possible', { scope: { pool: 'b' } })])).toEqual([
      'probe-timing or probe-redirected is not named for b.',
    ]);
  });

  test('at one of its own levels', () => {
    expect(judge(second, [best, verdict('probe-redirected', 'confirmed', { scope: { pool: 'b' } })])).toEqual([
      'probe-redirected is confirmed for b, not likely.',
    ]);
  });
});

describe('what else is said', () => {
  const best = verdict('empty-pool', 'confirmed');

  test('may be confirmed only where the drill allows it', () => {
    const other = verdict('backend-generated', 'confirmed');
    expect(judge({}, [best, other])).toEqual(['backend-generated is confirmed wrongly.']);
    expect(judge({ mayBeConfirmed: ['backend-generated'] }, [best, other])).toEqual([]);
    expect(judge({}, [best, verdict('backend-generated', 'likely')])).toEqual([]);
  });

  test('must not name what the drill is meant to be mistaken for', () => {
    const notNamed = ['client-closed'];
    expect(judge({ notNamed }, [best, verdict('client-closed', 'likely')])).toEqual([
      'client-closed is likely, and must not be named.',
    ]);
    expect(judge({ notNamed }, [best, verdict('client-closed', 'possible')])).toEqual([]);
  });

  test('nothing is left unread but what the world does not give', () => {
    const evidence: readonly EvidenceSummary[] = [
      ...read,
      { name: 'metrics', state: 'failed', reason: '403: the identity may not read this' },
      { name: 'firewall-log', state: 'empty' },
    ];
    expect(judge({}, [best], evidence)).toEqual(['metrics was not read: 403: the identity may not read this.']);
    expect(judge({ unread: ['metrics'] }, [best], evidence)).toEqual([]);
  });
});
