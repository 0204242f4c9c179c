import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BoundSink, Ports } from '../app/ports.ts';
import { rules } from '../causes/index.ts';
import { parseGatewayId } from '../core/resource-id.ts';
import type { ReadStream } from '../evidence/evidence-kind.ts';
import { evidenceKinds } from '../evidence/index.ts';
import { sinks } from '../sinks/index.ts';
import type { PublishEvent, Sink } from '../sinks/sink.ts';
import { createArmAllowance, createBucketTable } from './arm-allowance.ts';
import { createArmGet } from './arm-get.ts';
import { createCredential } from './azure-clients.ts';
import { createBaselineTable } from './baseline-table.ts';
import { createEventHubPublisher } from './event-hub-publisher.ts';
import { createFiredAlerts } from './fired-alerts.ts';
import { createGatewayCheck } from './gateway-check.ts';
import { openReader } from './gateway-reader.ts';
import { createSweepRecord } from './health-sweep.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createIncidentTable } from './incident-table.ts';
import { createIntakeTable } from './intake-table.ts';
import { createLedgerTable } from './ledger-table.ts';
import { createLog } from './log.ts';
import { createMessageQueues } from './message-queues.ts';
import { createPoisonQueues } from './poison-queues.ts';
import { routeOf } from './routes.ts';
import { baselineOf, type Environment, policyOf, readSettings } from './settings.ts';
import { createSharedReads } from './shared-reads.ts';
import { createSilenceTable } from './silence-table.ts';
import { createSnapshotBlobs } from './snapshot-blobs.ts';
import { openStorage, type Storage } from './storage.ts';
import { accessLogTrigger } from './stream-settings.ts';
import { createTelemetry, noTelemetry, type Telemetry } from './telemetry.ts';
import { measureArmCall, measuredArmGet, measuredReader, measuredSink } from './telemetry-measures.ts';
import { linkedSink } from './web-links.ts';

let built: Ports | undefined;
let measuring: Telemetry | undefined;

/** What this process measures of itself: nothing, unless its settings say where to. */
export function telemetry(): Telemetry {
  measuring ??= createTelemetry(process.env, () => createLog('warn'));
  return measuring;
}

/** The ports of this process, built from its environment on first use. */
export function ports(): Ports {
  built ??= createPorts(process.env, telemetry());
  return built;
}

/** Builds the ports. Nothing is asked of anybody yet; throws where a setting is not usable. */
export function createPorts(environment: Environment, measure: Telemetry = noTelemetry): Ports {
  const settings = readSettings(environment);
  const now = () => new Date();
  const storage = openStorage(settings);
  const tokensPerSecond = settings.ARM_CALLS_PER_SECOND;
  const shared = {
    allowance: createArmAllowance(createBucketTable(storage), { tokensPerSecond, now }),
    sharedReads: createSharedReads(),
    onAnswer: (status: number) => measureArmCall(measure, status),
    ...(accessLogTrigger(environment) ? { readStream: streamReader(storage) } : {}),
  };
  const log = createLog(settings.LOG_LEVEL);
  const armGet = measuredArmGet(createArmGet(settings), measure);
  const publish = createEventHubPublisher(() => createCredential(settings));
  const bound = bindSinks(environment, { timeoutMs: settings.SEND_SECONDS * 1000, publish }).map((sink) =>
    linkedSink(measuredSink(sink, measure, now), settings),
  );
  return {
    now,
    chance: Math.random,
    sleep: (ms) => sleep(ms),
    log,
    incidents: createIncidentTable(storage, digest),
    snapshots: createSnapshotBlobs(storage),
    queues: createMessageQueues(storage, now),
    ledger: createLedgerTable(storage, now),
    intake: createIntakeTable(storage),
    checkGateway: createGatewayCheck(settings, armGet),
    firedAlerts: createFiredAlerts(armGet, settings.ALLOWED_GATEWAYS, log),
    heartbeat: createHeartbeat(settings.HEARTBEAT_URL),
    markSwept: () => createSweepRecord(storage).write(now()),
    silences: createSilenceTable(storage, now),
    baselines: createBaselineTable(storage, digest),
    baselinePolicy: baselineOf(settings),
    watchedGateways: settings.ALLOWED_GATEWAYS.filter((scope) => parseGatewayId(scope)?.id === scope),
    // Where it is not known how many calls are left, none is spent on what nobody waits for.
    armRoom: (subscription) => shared.allowance.room(subscription).catch(() => 0),
    poison: createPoisonQueues(storage, now),
    policy: policyOf(settings),
    rules,
    evidenceKinds,
    openReader: async (gatewayId) => measuredReader(await openReader(settings, gatewayId, now, shared), measure),
    sinks: new Map(bound.map((sink) => [sink.name, sink])),
    routes: bound.map((sink) => routeOf(sink.name, sink.takesPages, environment)),
    portalUrl: settings.PORTAL_URL,
    digest,
  };
}

/** Loaded with the first reading: a door that only takes an alert in has no use for it. */
function streamReader(storage: Storage): ReadStream {
  return async (...asked) => (await import('./stream-reader.ts')).readStream(storage, digest, ...asked);
}

export function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** A sink and whether it wants the short first message. */
interface Bound extends BoundSink {
  readonly takesPages: boolean;
}

/** What every attempt to send has. */
interface Sending {
  readonly timeoutMs: number;
  readonly publish: PublishEvent;
}

/** The sinks that are configured, each with its own configuration. */
function bindSinks(environment: Environment, sending: Sending): readonly Bound[] {
  return sinks.map((sink) => bindSink(sink, environment, sending)).filter((sink) => sink !== undefined);
}

function bindSink<Config, Message>(
  sink: Sink<Config, Message>,
  environment: Environment,
  { timeoutMs, publish }: Sending,
): Bound | undefined {
  try {
    const config = sink.configure(environment);
    if (config === undefined) return undefined;
    return {
      name: sink.name,
      takesPages: sink.takesPages?.(config) ?? false,
      deliver: (notification, receipt) =>
        sink.send(sink.render(notification, config), config, {
          fetch,
          publish,
          abort: AbortSignal.timeout(timeoutMs),
          ...(receipt === undefined ? {} : { receipt }),
        }),
    };
  } catch (error) {
    // A sink that is configured wrongly must not keep alerts from being taken in: its deliveries become dead letters
    // that say what is wrong.
    const reason = error instanceof Error ? error.message : 'the configuration is not usable';
    return { name: sink.name, takesPages: false, deliver: async () => ({ outcome: 'rejected', reason }) };
  }
}
