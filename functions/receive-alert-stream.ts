import { app } from '@azure/functions';
import { alertTrigger } from '../src/platform/stream-settings.ts';

const trigger = alertTrigger(process.env);
// Without a hub, alerts come by webhook alone, and the function is not there.
if (trigger)
  app.eventHub('receive-alert-stream', {
    ...trigger,
    handler: async (messages, context) =>
      (await import('../src/platform/stream-triggers.ts')).onAlertStream(messages, context),
  });
