import { app } from '@azure/functions';

app.http('receive-alert', {
  methods: ['POST'],
  authLevel: 'function',
  route: 'alerts/azure-monitor',
  handler: async (request, context) => (await import('../src/platform/triggers.ts')).onAlert(request, context),
});
