import { app } from '@azure/functions';

app.http('receive-pagerduty', {
  methods: ['POST'],
  authLevel: 'function',
  route: 'webhooks/pagerduty',
  handler: async (request, context) => (await import('../src/platform/triggers.ts')).onPagerDuty(request, context),
});
