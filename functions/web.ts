import { app } from '@azure/functions';

// The app checks who is asking itself: a key that the host checks would have to stand in the URL of every page.
app.http('web', {
  methods: ['GET', 'HEAD', 'POST', 'DELETE'],
  authLevel: 'anonymous',
  route: 'web/{*path}',
  handler: async (request, context) => (await import('../src/platform/web.ts')).onWeb(request, context),
});
