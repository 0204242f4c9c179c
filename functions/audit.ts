import { app } from '@azure/functions';

app.timer('audit', {
  // Every ten minutes: a day's audit is due once, and is done a few gateways at a time.
  schedule: '15 */10 * * * *',
  handler: async (timer, context) => (await import('../src/platform/audit-trigger.ts')).onAudit(timer, context),
});
