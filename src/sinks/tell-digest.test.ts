import { expect, test } from '@jest/globals';
import { notificationDocument } from './notification-document.ts';
import { renderPagerDuty } from './pagerduty/render.ts';
import { auditDigest } from './samples.ts';
import { textOf } from './story.ts';
import { tellStory } from './tell-story.ts';

const ROOM = { addresses: 6, items: 20, causes: 3, commandLength: 2_000 };

test('tells what is worse, then what is new, each with its fix, and who cannot be read any more', () => {
  const { headline, facts, sections, link } = tellStory(auditDigest, ROOM);
  expect(headline).toBe('Daily audit: 1 finding is worse and 1 is new.');
  expect(facts).toEqual(['daily audit', '2 gateways', '2026-10-01 05:12 UTC']);
  expect(sections.map(({ title }) => title)).toEqual(['Worse than before', 'New', 'No longer readable']);
  const [, fresh] = sections;
  expect(textOf(fresh?.items[0]?.line ?? [])).toContain('Let three failures in a row count as down');
  expect(fresh?.items[0]?.commands.map(({ label }) => label)).toEqual([undefined, 'Undo']);
  expect(link).toBeUndefined();
});

test('says where the rest is when it was cut to its essentials', () => {
  const { digest: _digest, ...cut } = auditDigest;
  const { sections } = tellStory({ ...cut, impact: 'The service refused the full message.' }, ROOM);
  expect(sections.map(({ items }) => textOf(items[0]?.line ?? []))).toEqual(['The service refused the full message.']);
});

test('wakes nobody', () => {
  expect(renderPagerDuty(auditDigest)).toMatchObject({ kind: 'nothing' });
});

test('is whole for programs, and counts what it leaves out', () => {
  expect(notificationDocument(auditDigest)).toMatchObject({ digest: auditDigest.digest });
  const [item] = auditDigest.digest?.items ?? [];
  const items = Array.from({ length: 2_000 }, () => ({ ...item, says: 'x'.repeat(500) }) as NonNullable<typeof item>);
  const many = notificationDocument({ ...auditDigest, digest: { audited: 1, unread: [], items } });
  expect((many.digest?.items.length ?? 0) + (many.leftOut?.items ?? 0)).toBe(2_000);
});
