import { app } from '@azure/functions';

app.timer('sweep', {
  // Every minute: a recovery is seen, and an incident that nobody was told of is found, within that time.
  schedule: '0 * * * * *',
  handler: async (timer, context) => (await import('../src/platform/triggers.ts')).onSweep(timer, context),
});
