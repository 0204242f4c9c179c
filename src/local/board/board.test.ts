import { describe, expect, test } from '@jest/globals';
import { backendHealthJson, gatewayJson } from '../../causes/case.ts';
import { rules } from '../../causes/index.ts';
import type { Evidence } from '../../core/evidence.ts';
import { evidenceKinds } from '../../evidence/index.ts';
import { compactJson } from './compact-json.ts';
import { mrkdwn, slackMessage } from './messages/slack.ts';
import { scoreOf } from './score.ts';
import { decisiveStep, stepsOf } from './steps.ts';

const ok = (name: string, raw: unknown, second: number): Evidence => ({
  name,
  state: 'ok',
  raw,
  takenAt: `2026-09-14T02:00:0${second}.000Z`,
});

describe('the readings, one by one', () => {
  const health = backendHealthJson({
    'pool-a~http-a': [
      [
        '10.0.0.4',
        'Unhealthy',
        "Received invalid status code: 401 in the backend server's HTTP response. As per the health probe configuration, 200-399 is the acceptable status code.",
      ],
    ],
  });
  const gateway = gatewayJson({
    pools: { 'pool-a': ['10.0.0.4'] },
    settings: { 'http-a': {} },
    routes: [['pool-a', 'http-a']],
  });
  const snapshot = {
    takenAt: '2026-09-14T02:00:00.000Z',
    evidence: [
      ok('backend-health', health, 4),
      ok('gateway', gateway, 2),
      { name: 'probe-results', state: 'skipped' as const, reason: 'not asked for' },
    ],
  };

  test('come in the order of their answers, and each says what it changed', () => {
    const steps = [...stepsOf(snapshot, evidenceKinds, rules)];
    expect(steps.map(({ evidence, afterMs }) => [evidence, afterMs])).toEqual([
      ['gateway', 2_000],
      ['backend-health', 4_000],
    ]);
    expect(steps[0]?.best).toBeUndefined();
    expect(steps[1]?.best?.cause).toBe('probe-needs-auth');
    expect(steps[1]?.moved.map(({ cause }) => cause)).toContain('probe-needs-auth');
    expect(steps[1]?.standing).toBeLessThan(steps[0]?.standing ?? 0);
    expect(decisiveStep(steps)).toBe(1);
  });

  test('none decides where the last one names nothing', () => {
    expect(decisiveStep([{ best: { cause: 'a', verdict: 'likely' } }, {}])).toBeUndefined();
    expect(decisiveStep([])).toBeUndefined();
  });

  test('the decisive one is where the lead was taken for good', () => {
    const best = (cause: string) => ({ best: { cause, verdict: 'likely' as const } });
    expect(decisiveStep([best('a'), best('b'), {}, best('a'), best('a')])).toBe(3);
    expect(decisiveStep([best('a'), best('a')])).toBe(0);
  });
});

describe('a rehearsal is scored', () => {
  const attempt = { answer: 'a', right: ['a', 'b'], seen: 6, decisive: 6, tookMs: 30_000, toolTookMs: 2_000 };

  test.each([
    ['quick and no reading too many', {}, 100],
    ['twice the readings', { seen: 12 }, 90],
    ['fewer readings than it took', { seen: 2 }, 100],
    ['three minutes', { tookMs: 180_000 }, 90],
    ['an hour', { tookMs: 3_600_000 }, 80],
    ['wrong, however quick', { answer: 'c', tookMs: 1 }, 0],
  ])('%s', (_name, changes, points) => {
    expect(scoreOf({ ...attempt, ...changes }).points).toBe(points);
  });
});

describe('a Slack message', () => {
  const drawn = (source: string) =>
    mrkdwn(source)
      .flat(9)
      .map((part) => (part === false || part === undefined ? '' : String(part)))
      .join('');

  test('keeps its marks', () => {
    const blocks = [
      { type: 'section', text: { type: 'mrkdwn', text: '*bold* `code` <https://a.example/x|link>\n```az x```' } },
    ];
    const html = slackMessage({ blocks }).toString();
    expect(html).toContain('<b>bold</b>');
    expect(html).toContain('<code>code</code>');
    expect(html).toContain('<a href="https://a.example/x" target="_blank" rel="noopener noreferrer">link</a>');
    expect(html).toContain('<pre tabindex="0"><code>az x</code></pre>');
  });

  test('is text where it looks like markup, and links nowhere but to the web', () => {
    const hostile = '&lt;img src=x onerror=1&gt; <javascript:alert(1)|press> *<b>*';
    const html = slackMessage({ blocks: [{ type: 'section', text: { text: hostile } }] }).toString();
    expect(html).toContain('&lt;img src=x onerror=1&gt;');
    expect(html).not.toMatch(/<img|href="javascript/);
    expect(html).toContain('press');
  });

  test.each([[null], ['text'], [{ blocks: 'x' }], [{ blocks: [null, 3, { type: 'section' }] }]])(
    '%j is drawn as well',
    (body) => {
      expect(slackMessage(body).toString()).toContain('appgw-triage');
    },
  );

  test('line breaks stay', () => expect(drawn('one\ntwo')).toBe('one<br>two'));
});

describe('JSON for reading', () => {
  test('means the same', () => {
    const value = {
      a: [1, 2, { b: 'x'.repeat(100) }],
      c: null,
      d: {},
      e: 'q"uote',
      f: Array.from({ length: 60 }, (_, at) => at),
    };
    expect(JSON.parse(compactJson(value))).toEqual(value);
  });

  test('stands in one line where it fits', () => {
    expect(compactJson({ a: 1, b: [2] })).toBe('{"a":1,"b":[2]}');
    expect(compactJson({ a: 'x'.repeat(60), b: 'y'.repeat(60) }).split('\n')).toHaveLength(4);
  });
});
