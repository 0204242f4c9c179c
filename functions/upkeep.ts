import { app } from '@azure/functions';

app.timer('upkeep', {
  // Every minute, half a minute after the sweep: what nobody waits for is spread over the hour.
  schedule: '30 * * * * *',
  handler: async (timer, context) => (await import('../src/platform/upkeep-trigger.ts')).onUpkeep(timer, context),
});
