import { describe, expect, test } from '@jest/globals';
import type { Diagnosis } from '../core/diagnose.ts';
import type { Rule } from '../core/rule.ts';
import type { Verdict } from '../core/verdict.ts';
import { diagnosisText } from './diagnosis-text.ts';
import type { Screen } from './screen.ts';

const screen: Screen = { width: 80, hasColor: false, isUnicode: true };

const rule = (id: string, more: Partial<Rule> = {}): Rule => ({
  id,
  title: `Title of ${id}`,
  maturity: 'stable',
  explains: 'outage',
  reads: [],
  meaning: `What ${id} means.`,
  confirmedBy: '',
  ruledOutBy: '',
  doNot: [`Do not worsen ${id}.`],
  prevention: [],
  blindSpots: [],
  judge: () => [],
  ...more,
});

const verdict = (cause: string, level: Verdict['verdict'], more: Partial<Verdict> = {}): Verdict => ({
  cause,
  verdict: level,
  scope: {},
  because: [],
  missing: [],
  fix: [],
  ...more,
});

const diagnosis = (verdicts: readonly Verdict[], more: Partial<Diagnosis> = {}): Diagnosis => ({
  established: verdicts.some(({ verdict: level }) => level === 'confirmed' || level === 'likely'),
  headline: 'The headline.',
  healthy: false,
  verdicts,
  evidence: [{ name: 'backend-health', state: 'ok' }],
  ...more,
});

const rules = ['alpha', 'beta', 'gamma'].map((id) => rule(id));

function render(value: Diagnosis, more: Partial<Parameters<typeof diagnosisText>[2]> = {}): string {
  return diagnosisText(value, rules, {
    screen,
    knownEvidence: ['backend-health', 'gateway'],
    ...more,
  });
}

/** Expects the fragments in this order. */
function expectInOrder(text: string, ...fragments: readonly string[]): void {
  const places = fragments.map((fragment) => [fragment, text.indexOf(fragment)] as const);
  for (const [fragment, place] of places) expect([fragment, place >= 0]).toEqual([fragment, true]);
  expect(places.toSorted((a, b) => a[1] - b[1])).toEqual(places);
}

const longCommand = `az network application-gateway http-settings update --name ${'x'.repeat(120)} --port 80`;

describe('a named cause', () => {
  const text = render(
    diagnosis([
      verdict('alpha', 'likely', {
        scope: { gateway: 'agw', pool: 'pool-a', setting: 'http-80', members: ['10.0.0.4', '10.0.0.5'] },
        because: [{ evidence: 'backend-health', quote: 'Cannot connect', says: 'Nothing answers on port 8080.' }],
        missing: [{ read: 'Which ports are open.', command: 'nc -vz 10.0.0.4 80' }],
        fix: [{ text: 'Use port 80.', command: longCommand, undo: 'az undo --port 8080' }],
      }),
      verdict('beta', 'possible', { missing: [{ read: 'The routes.' }] }),
      verdict('gamma', 'ruled-out', {
        because: [{ evidence: 'gateway', quote: 'Running', says: 'The gateway is running.' }],
      }),
    ]),
  );

  test('is told in the order in which it is needed', () => {
    expectInOrder(
      text,
      'The headline.',
      'alpha',
      'likely: nothing that was read speaks against it',
      'gateway agw, pool pool-a, setting http-80, members 10.0.0.4, 10.0.0.5',
      'What alpha means.',
      'Nothing answers on port 8080.',
      'backend-health: Cannot connect',
      'Use port 80.',
      longCommand,
      'To undo it:',
      'az undo --port 8080',
      'Do not worsen alpha.',
      'To be sure, read next',
      'nc -vz 10.0.0.4 80',
      'Title of beta (beta)',
      'would be settled by: The routes.',
      'gamma: The gateway is running. (gateway)',
      'backend-health  read',
      'Not given: gateway',
    );
  });

  test('has each command on a line of its own, unbroken', () => {
    const lines = text.split('\n').map((line) => line.trim());
    expect(lines).toContain(longCommand);
    expect(lines).toContain('az undo --port 8080');
    expect(lines).toContain('nc -vz 10.0.0.4 80');
    for (const line of text.split('\n').filter((candidate) => !candidate.includes(longCommand)))
      expect(line.length).toBeLessThanOrEqual(80);
  });

  test('is followed by no next read once it is confirmed', () => {
    const confirmed = render(
      diagnosis([
        verdict('alpha', 'confirmed', { fix: [{ text: 'Fix it.' }] }),
        verdict('beta', 'possible', { missing: [{ read: 'The routes.', command: 'az routes' }] }),
      ]),
    );
    expect(confirmed).not.toContain('read next');
    expect(confirmed).toContain('confirmed: what was read leaves no other cause for this');
  });
});

test('a cause at several places means, and warns, once', () => {
  const places = Array.from({ length: 7 }, (_, index) =>
    verdict('alpha', 'likely', { scope: { pool: `pool-${index}` }, fix: [{ text: `Repair pool-${index}.` }] }),
  );
  const text = render(diagnosis(places));
  expect(text.match(/What alpha means/g)).toHaveLength(1);
  expect(text.match(/Do not worsen alpha/g)).toHaveLength(1);
  expect(text).toContain('Repair pool-3.');
  expect(text).not.toContain('Repair pool-4.');
  expectInOrder(text, 'with its details in --json, for', '- pool pool-4', '- pool pool-5', '- pool pool-6');
});

test('places with the same reading and the same fix are told together', () => {
  const places = Array.from({ length: 12 }, (_, index) =>
    verdict('alpha', 'likely', {
      scope: { pool: `pool-${index}` },
      because: [{ evidence: 'backend-health', quote: 'the same words', says: `All of pool-${index} fails.` }],
      fix: [{ text: 'Repair it.' }],
    }),
  );
  const text = render(diagnosis(places));
  for (const once of [/Repair it\./g, /the same words/g]) expect(text.match(once)).toHaveLength(1);
  expectInOrder(text, 'where    pool pool-0', 'pool pool-7', 'and 4 more', 'All of pool-2 fails.', 'and 9 more');
});

test('a second cause gets its own title, and an aside says that it explains no 502', () => {
  const aside = rule('beta', { explains: 'aside' });
  const value = diagnosis([verdict('alpha', 'confirmed'), verdict('beta', 'confirmed')]);
  const text = diagnosisText(value, [rule('alpha'), aside], { screen, knownEvidence: [] });
  expectInOrder(text, 'What alpha means.', 'And: Title of beta (confirmed)', 'This is no cause of a 502 or 504.');
});

test('one reading that several sentences rest on is quoted once', () => {
  const because = ['One.', 'Two.'].map((says) => ({ evidence: 'backend-health', quote: 'the same words', says }));
  const text = render(diagnosis([verdict('alpha', 'likely', { because })]));
  expect(text.match(/the same words/g)).toHaveLength(1);
  expectInOrder(text, 'One.', 'Two.', 'the same words');
});

describe('nothing established', () => {
  test('shows the next read as a command right below the headline', () => {
    const missing = [{ read: 'The access log.', command: 'az log' }];
    const text = render(
      diagnosis([
        verdict('alpha', 'ruled-out', { missing: [{ read: 'No use.', command: 'az useless' }] }),
        verdict('beta', 'inconclusive', { missing }),
        verdict('gamma', 'inconclusive', { missing }),
      ]),
    );
    expect(text.split('\n').slice(0, 2)).toEqual(['The headline.', '  az log']);
    expect(text).toContain('- beta, gamma: The access log.');
  });

  test('everything healthy still names the read for those who see errors', () => {
    const open = verdict('beta', 'inconclusive', { missing: [{ read: 'The log.', command: 'az log' }] });
    const value = diagnosis([open], { healthy: true });
    const text = render(value, { screen: { ...screen, hasColor: true } });
    expect(text).toContain('\u001b[32m');
    expectInOrder(text, 'The headline.', 'If clients still see errors, read next', 'The log.', 'az log');
  });

  test('evidence is listed with its state, time and reason', () => {
    const text = render(
      diagnosis([], {
        evidence: [
          { name: 'backend-health', state: 'ok', takenAt: '2026-10-02T03:04:06.500Z' },
          { name: 'access-log', state: 'empty', reason: 'No request in this time.' },
          { name: 'gateway', state: 'failed', reason: '403 AuthorizationFailed.' },
        ],
      }),
    );
    expect(text).toContain('backend-health  read at 2026-10-02T03:04:06.500Z');
    expect(text).toContain('access-log      empty - No request in this time.');
    expect(text).toContain('gateway         failed - 403 AuthorizationFailed.');
    expect(text).not.toContain('Not given');
  });
});

describe('hostile values', () => {
  const evil = '\u001b[2J\u001b]0;x\u0007\u202e\u0000name\r\nNo trouble found.';
  const value = diagnosis(
    [
      verdict('alpha', 'likely', {
        scope: { gateway: evil, pool: evil, setting: evil, members: Array.from({ length: 500 }, () => evil) },
        because: [{ evidence: evil, quote: evil.repeat(400), says: evil }],
        missing: [{ read: evil, command: `az ${evil}` }],
        fix: [{ text: evil, command: `az ${evil}`, undo: `az ${evil}` }],
      }),
      verdict(evil, 'possible', { missing: [{ read: evil }] }),
      verdict(evil, 'inconclusive', { missing: [{ read: evil }] }),
      verdict(evil, 'ruled-out', { because: [{ evidence: evil, quote: evil, says: evil }] }),
    ],
    { headline: evil, evidence: [{ name: evil, state: 'failed', reason: evil, takenAt: evil }] },
  );

  test('reach the terminal as plain words in their own lines', () => {
    const text = render(value);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text).not.toMatch(/^No trouble found/m);
    expect(text).toContain('and 492 more');
    expect(text.length).toBeLessThan(8_000);
  });

  test('add no styles of their own', () => {
    const text = render(value, { screen: { ...screen, hasColor: true } });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the styles are what is counted.
    const codes = text.match(/\u001b[^m]*m/g) ?? [];
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.every((code) => /^.\[(1|2|22|31|32|33|36|39)m$/.test(code))).toBe(true);
  });
});

describe('what changed before', () => {
  const change = {
    at: '2026-09-14T02:07:20.000Z',
    what: 'Route \u001b[31mr of route table t was written',
    by: 'kim@contoso.com (Azure Portal)',
    property: 'properties.routes[0].properties.nextHopType',
    after: `None${'x'.repeat(900)}`,
    minutesBefore: 3,
    resourceId: '/subscriptions/s/x',
    relation: 'on-path',
    resources: 1,
    evidence: ['activity-log'],
    failure: {
      at: '2026-09-14T02:10:20.000Z',
      latest: '2026-09-14T02:10:20.000Z',
      evidence: 'access-log',
      isOnset: true,
    },
    sentence: 'It came 3 minutes before: a correlation in time, not a proof.',
  } as const;
  const found = diagnosis([verdict('alpha', 'confirmed'), verdict('beta', 'possible')]);

  test('is told after the causes, by whom, from what to what, and as a correlation', () => {
    const text = render(found, { change: { outcome: 'named', change } });
    expectInOrder(
      text,
      'What alpha means.',
      'What changed before',
      'of route table t was written.',
      'kim@contoso.com (Azure Portal)',
      'properties.routes[0].properties.nextHopType',
      'nothing',
      'Nonexxx',
      'a correlation in time, not a proof.',
      'Also possible',
    );
    expect(text).not.toContain('\u001b');
    expect(text.length).toBeLessThan(3_000);
  });

  test('says why none is named, to those who gave something to find it in', () => {
    const reason = 'No change was found.';
    const none = { outcome: 'none', reason } as const;
    expect(render(found, { change: none })).not.toContain(reason);
    const evidence = [{ name: 'activity-log', state: 'ok' as const }];
    expect(render({ ...found, evidence }, { change: none })).toContain(reason);
  });
});
