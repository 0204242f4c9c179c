import { describe, expect, test } from '@jest/globals';
import type { Notification, NotifiedCause } from '../core/notification.ts';
import {
  changedBefore,
  confirmedUpdate,
  firstPage,
  likelyWrongPort,
  notEstablished,
  reminder,
  resolved,
} from './samples.ts';
import { briefOf, detailsOf, markerOf, moreOf, type Section, type Story, textOf } from './story.ts';
import { tellStory } from './tell-story.ts';

const room = { addresses: 3, items: 5, causes: 2, commandLength: 1_000 };

function toldBy(notification: Notification): Readonly<Record<string, readonly string[]>> {
  const { sections } = tellStory(notification, room);
  return Object.fromEntries(sections.map((section) => [section.title, linesOf(section)]));
}

function linesOf(section: Section): readonly string[] {
  const more = moreOf(section);
  const lines = section.items.map(({ line }, index) => `${markerOf(section, index)}${textOf(line)}`);
  return more === undefined ? lines : [...lines, more];
}

function likelyCause(change: Partial<NotifiedCause> = {}): NotifiedCause {
  const [cause] = likelyWrongPort.causes;
  if (cause === undefined) throw new Error('The sample has a cause.');
  return { ...cause, ...change };
}

describe('tellStory', () => {
  test('a likely cause is told in the order in which it is needed', () => {
    expect(Object.keys(toldBy(likelyWrongPort))).toEqual([
      'What fired',
      'Cause',
      'Affected',
      'Clients',
      'Check first',
      'Fix, if the check agrees',
      'What not to do',
      'What else still stands',
      'What could not be read',
    ]);
  });

  test('a confirmed cause needs no check, and leaves nothing else standing', () => {
    const titles = Object.keys(toldBy({ ...confirmedUpdate, alternatives: likelyWrongPort.alternatives }));
    expect(titles).toContain('Fix');
    expect(titles).not.toContain('Check first');
    expect(titles).not.toContain('What else still stands');
  });

  test('a likely cause without a known check does not speak of one', () => {
    const titles = Object.keys(toldBy({ ...likelyWrongPort, nextRead: undefined, alternatives: [] }));
    expect(titles).toContain('Fix, if this is the cause');
  });

  test('why a later message comes stands first', () => {
    const told = toldBy(confirmedUpdate);
    expect(Object.keys(told)[0]).toBe('Why this message');
    expect(told['Why this message']).toEqual([
      'The cause wrong-backend-port at pool-orders~https-orders is confirmed now.',
    ]);
    expect(toldBy({ ...confirmedUpdate, note: ' \u200b ' })).not.toHaveProperty('Why this message');
    expect(toldBy(reminder)['Why this message']).toEqual(['Still there 240 minutes after message 2.']);
  });

  test('the end has before and after side by side, and how long it took', () => {
    const told = toldBy(resolved);
    expect(told['Recovered after']).toEqual(['46 min, from the first signal until the recovery was seen.']);
    expect(told['Before and after']).toEqual([
      '• pool-orders~https-orders — before: 0 of 2 members healthy; wrong-backend-port (confirmed) → after: 2 of 2 members healthy',
      '• the gateway — before: 92 % of requests failed → after: no request failed',
    ]);
    expect(toldBy({ ...resolved, recovery: { minutes: Number.NaN, places: [] } })).not.toHaveProperty(
      'Recovered after',
    );
    expect(toldBy({ ...resolved, recovery: { minutes: 125, places: [] } })['Recovered after']?.[0]).toMatch(
      /^2 h 5 min/,
    );
  });

  test('the first short page, before anything is read, claims nothing and offers nothing', () => {
    expect(toldBy(firstPage)).toEqual({
      'What fired': ['Minimum HealthyHostCount is 0, below 1, for pool-orders~https-orders.'],
      Clients: ['How many clients see errors is being read.'],
    });
  });

  test('a brief story leaves to its details what is not to be done, and counts it', () => {
    const story = tellStory(likelyWrongPort, room);
    const titles = (told: Story | undefined) => told?.sections.map(({ title }) => title);
    expect(titles(briefOf(story))).toEqual([
      'What fired',
      'Cause',
      'Affected',
      'Clients',
      'Check first',
      'Fix, if the check agrees',
      'What not to do',
    ]);
    expect(briefOf(story).sections[1]).toMatchObject({ more: 1, items: [expect.anything(), expect.anything()] });
    expect(titles(detailsOf(story))).toEqual(['Cause', 'What else still stands', 'What could not be read']);
    expect(detailsOf(tellStory(firstPage, room))).toBeUndefined();
  });

  test('evidence is quoted, with its name', () => {
    expect(toldBy(likelyWrongPort).Cause?.[2]).toBe(
      '• Backend setting https-orders sends requests to port 8080, and its probe asks there, too — “"port": 8080” (gateway)',
    );
  });

  test('what changed before is told beside the cause, with its author and as a correlation', () => {
    const says =
      'It came 3 minutes before the first failure (2026-10-01 04:01 UTC by access-log): a correlation in time, not a proof.';
    expect(toldBy(changedBefore)['Changed before']).toEqual([
      `Security rule baseline-inbound of network security group nsg-orders was changed by kim.berg@fabrikam.example (Azure Portal). properties.securityRules[2].properties.access: “Allow” before, “Deny” after. ${says}`,
    ]);
    const of = (change: Partial<NonNullable<Notification['nearestChange']>>) => {
      const { nearestChange } = changedBefore;
      if (!nearestChange) throw new Error('The sample has a change.');
      const told = toldBy({ ...changedBefore, nearestChange: { ...nearestChange, by: undefined, ...change } });
      return told['Changed before']?.[0];
    };
    expect(of({ before: undefined })).toContain('.access was added: “Deny”. It came');
    expect(of({ after: undefined })).toContain('.access was removed; it was “Allow”. It came');
    expect(of({ before: undefined, after: undefined })).toContain('.access changed. It came');
    expect(of({ property: undefined })).toBe(
      `Security rule baseline-inbound of network security group nsg-orders was changed. ${says}`,
    );
    expect(toldBy({ ...changedBefore, kind: 'resolved' })).not.toHaveProperty('Changed before');
  });

  test('what is ruled out does not stand', () => {
    const [first, ...others] = notEstablished.alternatives;
    if (first === undefined) throw new Error('The sample has alternatives.');
    const told = toldBy({ ...notEstablished, alternatives: [{ ...first, verdict: 'ruled-out' }, ...others] });
    expect(told['What still stands']).toEqual([
      'The backend answers later than the gateway waits (inconclusive). What would tell: The access log of the failing time: who answered the failed requests, and how quickly.',
    ]);
  });

  test('the next read is that of the best alternative where none is named', () => {
    const { sections } = tellStory({ ...notEstablished, nextRead: undefined }, room);
    const check = sections.find(({ title }) => title === 'Check first');
    expect(check?.items[0]?.commands).toEqual([
      {
        command: 'az network application-gateway show-backend-health --name agw-shop-weu --resource-group rg-edge-weu',
      },
    ]);
  });

  test('members are counted, and the first of them named', () => {
    const affected = [
      { pool: 'a', setting: 's', unhealthy: ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'], total: 9 },
      { pool: 'b', setting: 's', unhealthy: ['10.0.0.1'], total: 1 },
      { pool: 'c', setting: 's', unhealthy: [], total: 0 },
      { pool: 'd', setting: 's', unhealthy: [], total: 3 },
    ];
    expect(toldBy({ ...likelyWrongPort, affected }).Affected).toEqual([
      '• a~s: 5 of 9 members not healthy — 10.0.0.1, 10.0.0.2, 10.0.0.3 and 2 more',
      '• b~s: 1 of 1 member not healthy — 10.0.0.1',
      '• c~s: the pool has no members',
      '• d~s: none of 3 members was seen unhealthy',
    ]);
  });

  test('several causes are numbered, and the rest named in short', () => {
    const causes = [
      likelyCause(),
      likelyCause({ scope: { pool: 'pool-cart', members: ['10.0.0.9'] } }),
      likelyCause({ title: 'The backend pool has no members', scope: { pool: 'pool-x' }, verdict: 'confirmed' }),
    ];
    const told = toldBy({ ...likelyWrongPort, causes });
    expect(told['Cause (cause 2 of 3)']?.[0]).toContain('wrong port at 10.0.0.9 of pool-cart — likely: ');
    expect(told).toHaveProperty(['Fix, if the check agrees (cause 2 of 3)']);
    expect(told['Further causes']).toEqual(['The backend pool has no members at pool-x (confirmed)']);
  });

  test('steps are numbered, and those beyond the room counted', () => {
    const fix = Array.from({ length: 7 }, (_, index) => ({ text: `Step for ${index}.` }));
    const steps = toldBy({ ...confirmedUpdate, causes: [likelyCause({ fix, verdict: 'confirmed' })] }).Fix;
    expect(steps?.[0]).toBe('1. Step for 0.');
    expect(steps?.slice(4)).toEqual(['5. Step for 4.', 'and 2 more steps']);
  });

  test('a command that cannot be shown whole is missed out loud', () => {
    const fix = [{ text: 'Do it.', command: 'x'.repeat(1_001), undo: "probe --path '/health?key=abc'" }];
    const told = toldBy({ ...likelyWrongPort, causes: [likelyCause({ fix })] });
    expect(told['Fix, if the check agrees']).toEqual([
      'Do it. (The command is left out: it is too long for this message.) (The undo command is left out: it holds a query string, which is never sent.)',
    ]);
  });

  test('a resolution without a cause says so', () => {
    expect(toldBy({ ...resolved, causes: [] })['The cause was']).toEqual([
      'It was never established, so it can come back.',
    ]);
  });

  test.each([
    ['2026-10-01T03:12:00Z', '2026-10-01T05:13:00Z', '2026-10-01 03:12 UTC to 2026-10-01 05:13 UTC (2 h 1 min)'],
    ['2026-10-01T03:12:00Z', '2026-10-01T03:11:00Z', '2026-10-01 03:12 UTC to 2026-10-01 03:11 UTC'],
    ['some day', '2026-10-01T03:11:00Z', 'some day to 2026-10-01 03:11 UTC'],
  ])('from %s to %s is told as %s', (openedAt, at, told) => {
    expect(tellStory({ ...resolved, openedAt, at }, room).facts).toContain(told);
  });
});
