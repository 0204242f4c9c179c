/*
 * The portal's "Test action group" sends fixed samples: their ids lie in a subscription made of ones, their alert has
 * one fixed id, and their rules are called `test-...`. Any of these alone could be somebody's own naming, and a real
 * alert that is taken for a test wakes nobody, so it takes the subscription and one of the others.
 */
const TEST_SUBSCRIPTION = '11111111-1111-1111-1111-111111111111';
const TEST_ALERT = '12345678-1234-1234-1234-1234567890ab';

/** Whether an alert is a portal's test notification. `ids` are its own and its rule's, where it has them. */
export function isPortalTest(ids: readonly (string | undefined)[], ruleName: string | undefined): boolean {
  const known = ids.filter((id) => id !== undefined).map((id) => id.toLowerCase());
  const isInTestSubscription = known.some(
    (id) => id === TEST_SUBSCRIPTION || id.startsWith(`/subscriptions/${TEST_SUBSCRIPTION}/`),
  );
  if (!isInTestSubscription) return false;
  return ruleName?.toLowerCase().startsWith('test-') === true || known.some((id) => id.endsWith(`/${TEST_ALERT}`));
}
