import { app } from '@azure/functions';

app.http('request-investigation', {
  methods: ['POST'],
  authLevel: 'function',
  route: 'investigations',
  handler: async (request, context) => (await import('../src/platform/triggers.ts')).onRequest(request, context),
});
