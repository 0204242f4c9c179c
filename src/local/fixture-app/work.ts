import { app, type InvocationContext, output } from '@azure/functions';

const connection = 'AzureWebJobsStorage';
const done = output.storageQueue({ queueName: 'done', connection });
const work = output.storageQueue({ queueName: '%WORK_QUEUE%', connection });

app.storageQueue('work', {
  queueName: '%WORK_QUEUE%',
  connection,
  extraOutputs: [done],
  handler: async (message: unknown, context: InvocationContext) => {
    const { id, failUntil = 0 } = message as { id: string; failUntil?: number };
    const attempt = Number(context.triggerMetadata?.dequeueCount);
    if (attempt < failUntil) throw new Error(`attempt ${attempt} fails on purpose`);
    const { id: messageId, insertionTime, popReceipt } = context.triggerMetadata ?? {};
    const isWhole = [messageId, insertionTime, popReceipt].every((value) => typeof value === 'string');
    context.extraOutputs.set(done, { id, attempt, isWhole, type: typeof message });
  },
});

app.http('enqueue', {
  methods: ['POST'],
  extraOutputs: [work],
  handler: async (request, context) => {
    context.extraOutputs.set(work, await request.json());
    return { status: 202 };
  },
});

app.timer('tick', {
  // Never by itself while a test runs, unless that test runs on 29 February.
  schedule: '0 0 0 29 2 *',
  runOnStartup: true,
  return: output.storageQueue({ queueName: 'ticks', connection }),
  handler: (timer) => ({ next: timer.scheduleStatus.next, isPastDue: timer.isPastDue }),
});

app.serviceBusQueue('bus', { queueName: 'logs', connection: 'NO_SUCH_SETTING', handler: () => {} });
