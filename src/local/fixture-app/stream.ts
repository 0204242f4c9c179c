import { app, type InvocationContext, output } from '@azure/functions';

const connection = 'AzureWebJobsStorage';
const batches = output.storageQueue({ queueName: 'batches', connection });

/** Runs of a batch so far, by its partition and its first event. */
const runs = new Map<string, number>();

/** Reports every batch. A test says in the body of an event how often its batch fails. */
async function report(bodies: unknown, context: InvocationContext): Promise<void> {
  const events = bodies as readonly Buffer[];
  const { partitionContext, systemPropertiesArray, propertiesArray, sequenceNumberArray } =
    context.triggerMetadata ?? {};
  const { partitionId } = partitionContext as { partitionId: string };
  const [first] = sequenceNumberArray as readonly number[];
  const run = (runs.get(`${partitionId}/${first}`) ?? 0) + 1;
  runs.set(`${partitionId}/${first}`, run);
  const texts = events.map((event) => event.toString('utf8'));
  const failures = Math.max(...texts.map((text) => Number(/fail (\d+)/.exec(text)?.[1] ?? 0)));
  context.log(
    'batch %s',
    JSON.stringify({ partitionId, first, run, texts, retryCount: context.retryContext?.retryCount }),
  );
  if (run <= failures) throw new Error('a batch fails on purpose');
  if (texts.some((text) => text.includes('hang'))) await new Promise<never>(() => {});
  context.extraOutputs.set(batches, {
    partitionContext,
    systemProperties: systemPropertiesArray,
    properties: propertiesArray,
    texts,
    run,
    areBytes: events.every((event) => Buffer.isBuffer(event)),
  });
}

// Only where a test brings an event hub.
if (process.env.STREAM !== undefined) {
  app.eventHub('stream', {
    connection: 'STREAM',
    eventHubName: '%STREAM_HUB%',
    cardinality: 'many',
    consumerGroup: 'first',
    // The options of the trigger go through as they are, and this one has no type.
    ...{ dataType: 'binary' },
    retry: { strategy: 'fixedDelay', maxRetryCount: 5, delayInterval: 0 },
    extraOutputs: [batches],
    handler: report,
  });
}
