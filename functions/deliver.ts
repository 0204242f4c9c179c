import { app } from '@azure/functions';

app.storageQueue('deliver', {
  queueName: 'deliver',
  connection: 'AzureWebJobsStorage',
  handler: async (message, context) => (await import('../src/platform/triggers.ts')).onDeliver(message, context),
});
