import { app } from '@azure/functions';

app.http('health', {
  methods: ['GET'],
  // Uptime monitors have no key. What it says is for everybody: ok or degraded, by part.
  authLevel: 'anonymous',
  route: 'health',
  handler: async () => (await import('../src/platform/health.ts')).onHealth(),
});
