import { app } from '@azure/functions';
import { accessLogTrigger } from '../src/platform/stream-settings.ts';

const trigger = accessLogTrigger(process.env);
// Without a hub there is nothing to read, and the function is not there.
if (trigger)
  app.eventHub('read-access-log', {
    ...trigger,
    handler: async (messages, context) =>
      (await import('../src/platform/stream-triggers.ts')).onAccessLog(messages, context),
  });
