import { app } from '@azure/functions';

app.storageQueue('investigate', {
  queueName: 'investigate',
  connection: 'AzureWebJobsStorage',
  handler: async (message, context) => (await import('../src/platform/triggers.ts')).onInvestigate(message, context),
});
