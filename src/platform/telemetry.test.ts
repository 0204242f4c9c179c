import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { AggregationTemporality, type DataPoint, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import type { BoundSink, GatewayReader, Log } from '../app/ports.ts';
import type { Incident } from '../core/incident.ts';
import { firstPage, likelyWrongPort } from '../sinks/samples.ts';
import { createTelemetry, noTelemetry } from './telemetry.ts';
import {
  measureArmCall,
  measuredInvestigation,
  measuredReader,
  measuredSink,
  measureStreamLag,
} from './telemetry-measures.ts';
import { collectInto } from './telemetry-otel.ts';

const project = join(import.meta.dirname, '../..');
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const silent: Log = { info: () => {}, warn: () => {}, error: () => {} };

function inMemory() {
  const spans = new InMemorySpanExporter();
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const telemetry = collectInto({ spans, metrics }, 'test');
  return {
    telemetry,
    async spans() {
      await telemetry.flush();
      return spans.getFinishedSpans();
    },
    /** The points of a metric: attributes, and the value or the sum of the histogram. */
    async points(name: string) {
      await telemetry.flush();
      const all =
        metrics
          .getMetrics()
          .at(-1)
          ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
      return all
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }): readonly DataPoint<number | { sum?: number }>[] => dataPoints)
        .map(({ attributes, value }) => ({ attributes, value: typeof value === 'number' ? value : value.sum }));
    },
  };
}

describe('telemetry that is off', () => {
  test('loads nothing and runs the work', async () => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      return noTelemetry;
    };
    for (const environment of [
      {},
      { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' },
    ]) {
      const telemetry = createTelemetry(environment, () => silent, load);
      telemetry.count('appgw_triage.arm.calls');
      telemetry.record('appgw_triage.stream.lag', 1);
      expect(await telemetry.span('sweep', {}, async () => 7)).toBe(7);
    }
    expect(loads).toBe(0);
  });

  test('leaves the libraries out of the process', () => {
    // A hook that fails the process at the first module of OpenTelemetry.
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve(specifier, context, next) {
        if (specifier.startsWith('@opentelemetry/')) throw new Error('loaded ' + specifier);
        return next(specifier, context);
      } });
      const { telemetry } = await import(${JSON.stringify(join(project, 'src/platform/ports.ts'))});
      await telemetry().span('sweep', {}, async () => telemetry().count('appgw_triage.arm.calls'));
      process.stdout.write('done');`;
    const run = (env: Record<string, string>) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script], { env, encoding: 'utf8' });
    expect(run({})).toMatchObject({ status: 0, stdout: 'done' });
    // The same with a collector tries to load them: the hook above can fail.
    const on = run({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    expect(on.stderr).toContain('telemetry.unavailable');
    expect(on).toMatchObject({ status: 0, stdout: 'done' });
  });
});

describe('telemetry that is on', () => {
  test('goes on without, and says so once, where the libraries cannot be started', async () => {
    const lines: unknown[] = [];
    const log = { ...silent, warn: (fields: unknown) => void lines.push(fields) };
    const telemetry = createTelemetry(
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'no url, but a secret' },
      () => log,
      async () => noTelemetry,
    );
    telemetry.count('appgw_triage.arm.calls');
    expect(await telemetry.span('sweep', {}, async () => 7)).toBe(7);
    expect(lines).toMatchObject([{ event: 'telemetry.unavailable' }]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  test('spans stand below the host’s own, and below each other', async () => {
    const memory = inMemory();
    const { telemetry } = memory;
    const work = () => telemetry.span('delivery', { sink: 'slack' }, async () => {});
    await telemetry.span('delivery-message', { sink: 'slack' }, work, TRACEPARENT);
    const [inner, outer] = await memory.spans();
    expect(outer).toMatchObject({
      name: 'delivery-message',
      parentSpanContext: { traceId: TRACEPARENT.slice(3, 35), spanId: TRACEPARENT.slice(36, 52) },
    });
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(inner?.spanContext().traceId).toBe(TRACEPARENT.slice(3, 35));
  });

  test.each(['', 'nonsense', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`])(
    'traceparent %j begins a trace of its own',
    async (parent) => {
      const memory = inMemory();
      await memory.telemetry.span('sweep', {}, async () => {}, parent);
      const [span] = await memory.spans();
      expect(span?.parentSpanContext).toBeUndefined();
    },
  );

  test('what fails is a failed span, says no word of the error, and fails on', async () => {
    const memory = inMemory();
    const fail = async () => {
      throw new TypeError('https://hooks.example/secret');
    };
    await expect(memory.telemetry.span('sweep', {}, fail)).rejects.toThrow('secret');
    const [span] = await memory.spans();
    expect(span).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': 'TypeError' }, events: [] });
    expect(JSON.stringify([span?.attributes, span?.status])).not.toContain('secret');
  });

  test('each evidence is a span with its own times', async () => {
    const memory = inMemory();
    const takenAt = '2026-09-14T02:10:31.000Z';
    const reader: GatewayReader = {
      spent: () => undefined,
      read: async () => ({
        evidence: [
          { name: 'backend-health', state: 'ok', takenAt, tookMs: 1_500, raw: { secret: 1 } },
          { name: 'metrics', state: 'failed', takenAt, tookMs: 20, reason: 'https://x/?sig=1' },
          { name: 'nics', state: 'skipped' },
        ],
      }),
    };
    const read = () => measuredReader(reader, memory.telemetry).read([], { evidence: [] });
    const snapshot = await memory.telemetry.span('investigation', {}, read);
    expect(snapshot.evidence).toHaveLength(3);
    const spans = await memory.spans();
    expect(spans.map(({ name, attributes, status }) => [name, attributes, status.code])).toEqual([
      ['read', { evidence: 'backend-health', state: 'ok' }, 0],
      ['read', { evidence: 'metrics', state: 'failed' }, 2],
      ['investigation', {}, 0],
    ]);
    expect(spans[0]?.endTime).toEqual([Date.parse(takenAt) / 1000, 0]);
    expect(spans[0]?.startTime).toEqual([Date.parse(takenAt) / 1000 - 2, 500_000_000]);
    expect(spans[0]?.parentSpanContext?.spanId).toBe(spans[2]?.spanContext().spanId);
  });

  test('deliveries count by outcome, and only the first message of an incident is the first page', async () => {
    const memory = inMemory();
    const outcomes = ['retry', 'delivered', 'delivered'] as const;
    let attempt = 0;
    const sink: BoundSink = {
      name: 'slack',
      deliver: async () => {
        const outcome = outcomes[attempt++] ?? 'delivered';
        return outcome === 'retry' ? { outcome, reason: 'throttled' } : { outcome };
      },
    };
    const now = () => new Date(Date.parse(firstPage.openedAt) + 42_000);
    const measured = measuredSink(sink, memory.telemetry, now);
    await measured.deliver(firstPage);
    await measured.deliver(firstPage);
    await measured.deliver({ ...likelyWrongPort, revision: 2 });
    expect(await memory.points('appgw_triage.deliveries')).toEqual([
      { attributes: { sink: 'slack', outcome: 'retry' }, value: 1 },
      { attributes: { sink: 'slack', outcome: 'delivered' }, value: 2 },
    ]);
    expect(await memory.points('appgw_triage.time_to_first_page')).toEqual([
      { attributes: { sink: 'slack' }, value: 42 },
    ]);
  });

  test('an investigation says what it came to, and how long the first one took from the first signal', async () => {
    const memory = inMemory();
    const openedAt = '2026-09-14T02:10:00.000Z';
    const times = ['2026-09-14T02:10:05.000Z', '2026-09-14T02:10:35.000Z', '2026-09-14T03:00:00.000Z'];
    let at = 0;
    const now = () => new Date(times[Math.min(at++, times.length - 1)] ?? '');
    const verdict = { scope: {}, because: [], missing: [], fix: [] };
    const done = (investigations: number) => async () => ({
      incident: { id: 'x', openedAt, investigations } as Incident,
      diagnosis: {
        established: true,
        headline: '',
        healthy: false,
        evidence: [],
        verdicts: [
          { cause: 'empty-pool', verdict: 'confirmed', ...verdict },
          { cause: 'empty-pool', verdict: 'confirmed', ...verdict },
          { cause: 'probe-timing', verdict: 'possible', ...verdict },
        ] as const,
      },
      rounds: 1,
    });
    const options = { incidentId: 'x', isRecheck: false, now };
    await measuredInvestigation(memory.telemetry, options, done(1));
    await measuredInvestigation(memory.telemetry, { ...options, isRecheck: true }, done(2));
    await measuredInvestigation(memory.telemetry, options, async () => undefined);
    expect(await memory.points('appgw_triage.time_to_diagnosis')).toEqual([{ attributes: {}, value: 35 }]);
    expect(await memory.points('appgw_triage.verdicts')).toEqual([
      { attributes: { cause: 'empty-pool', verdict: 'confirmed' }, value: 2 },
    ]);
    expect(await memory.points('appgw_triage.investigations')).toEqual([
      { attributes: { established: true, recheck: false }, value: 1 },
      { attributes: { established: true, recheck: true }, value: 1 },
    ]);
  });

  test('calls of Resource Manager count by class of status, and a 429 twice', async () => {
    const memory = inMemory();
    for (const status of [200, 202, 429]) measureArmCall(memory.telemetry, status);
    expect(await memory.points('appgw_triage.arm.calls')).toEqual([
      { attributes: { status: '2xx' }, value: 2 },
      { attributes: { status: '4xx' }, value: 1 },
    ]);
    expect(await memory.points('appgw_triage.arm.throttled')).toEqual([{ attributes: {}, value: 1 }]);
  });

  test('the lag of the stream is that of the oldest message; an empty batch has none', async () => {
    const memory = inMemory();
    const at = (seconds: number) => ({ enqueuedAt: Date.parse('2026-09-14T02:10:00.000Z') + seconds * 1000 });
    const now = new Date('2026-09-14T02:11:00.000Z');
    measureStreamLag(memory.telemetry, [at(30), at(10), at(50)], now);
    measureStreamLag(memory.telemetry, [], now);
    expect(await memory.points('appgw_triage.stream.lag')).toEqual([{ attributes: {}, value: 50 }]);
  });

  test('a time that is no number, or lies in the future, is not recorded', async () => {
    const memory = inMemory();
    memory.telemetry.record('appgw_triage.stream.lag', Number.NaN);
    memory.telemetry.record('appgw_triage.stream.lag', -3);
    expect(await memory.points('appgw_triage.stream.lag')).toEqual([]);
  });
});

describe('the collector', () => {
  /** Answers every post with `status`; hangs where that is 0. */
  async function collector(status: number) {
    const bodies = new Map<string, string>();
    const arrived = Promise.withResolvers<void>();
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        bodies.set(request.url ?? '', body);
        if (bodies.size === 2) arrived.resolve();
        if (status > 0) response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const close = () => {
      server.closeAllConnections();
      server.close();
    };
    return { endpoint, bodies, arrived: arrived.promise, close };
  }

  test('gets traces and metrics as OTLP over HTTP', async () => {
    const { endpoint, bodies, arrived, close } = await collector(200);
    const { startOpenTelemetry } = await import('./telemetry-otel.ts');
    const telemetry = startOpenTelemetry({ endpoint, log: silent, serviceName: 'triage-test' });
    await telemetry.span('sweep', {}, async () => telemetry.count('appgw_triage.arm.calls', { status: '2xx' }));
    await telemetry.flush();
    await arrived;
    await telemetry.stop();
    close();
    const text = (path: string) => bodies.get(path) ?? '';
    expect([...bodies.keys()].sort()).toEqual(['/v1/metrics', '/v1/traces']);
    expect(JSON.parse(text('/v1/traces')).resourceSpans[0].scopeSpans[0].spans[0]).toMatchObject({ name: 'sweep' });
    expect(text('/v1/traces')).toContain('triage-test');
    expect(text('/v1/metrics')).toContain('appgw_triage.arm.calls');
  });

  test('that refuses costs nothing but its own telemetry, and is said once', async () => {
    const { endpoint, close } = await collector(400);
    const lines: unknown[] = [];
    const log = { ...silent, warn: (fields: unknown) => void lines.push(fields) };
    const { startOpenTelemetry } = await import('./telemetry-otel.ts');
    const telemetry = startOpenTelemetry({ endpoint, log });
    expect(await telemetry.span('sweep', {}, async () => 7)).toBe(7);
    await telemetry.flush().catch(() => {});
    await telemetry.span('sweep', {}, async () => 8);
    await telemetry.flush().catch(() => {});
    await telemetry.stop().catch(() => {});
    close();
    expect(lines).toEqual([{ event: 'telemetry.not-exported' }]);
  });
});
