import type { BoundSink, Claim } from '../src/app/ports.ts';
import type { MemoryPorts } from './memory-ports.ts';

/**
 * Every call that a flow makes of its ports is two boundaries: a process can die right before it, and right after it. The
 * list of them is what a life really did, and not what anybody remembers it to do.
 */
export interface Boundary {
  readonly call: string;
  readonly side: 'before' | 'after';
}

export class Died extends Error {
  override readonly name = 'Died';
}

/**
 * Ports that note every boundary they pass, and die at the chosen one. From then on everything that was under way fails
 * too, until `revive` is called: a dead process does nothing more.
 */
export function mortal(ports: MemoryPorts, dieAt: number | undefined) {
  const passed: Boundary[] = [];
  let isDead = false;

  function pass(call: string, side: Boundary['side']): void {
    if (isDead) throw new Died();
    passed.push({ call, side });
    if (passed.length - 1 !== dieAt) return;
    isDead = true;
    throw new Died();
  }

  function watched<Args extends readonly unknown[], Result>(
    call: string,
    run: (...args: Args) => Promise<Result>,
  ): (...args: Args) => Promise<Result> {
    return async (...args) => {
      pass(call, 'before');
      const result = await run(...args);
      pass(call, 'after');
      return result;
    };
  }

  const { incidents, snapshots, queues, ledger, intake, silences } = { ...ports };
  const { openReader, checkGateway } = ports;
  const sinks = new Map<string, BoundSink>(
    [...ports.sinks].map(([name, sink]) => [name, { name, deliver: watched(`${name}.deliver`, sink.deliver) }]),
  );
  const claim = watched('ledger.claim', ledger.claim);
  Object.assign(ports, {
    incidents: {
      // The decision itself is pure; reading and writing are one conditional step.
      change: watched('incidents.change', incidents.change as (...args: readonly never[]) => Promise<unknown>),
      get: watched('incidents.get', incidents.get),
      unresolved: incidents.unresolved,
      subscriptions: incidents.subscriptions,
    },
    snapshots: {
      save: watched('snapshots.save', snapshots.save),
      saveDocument: watched('snapshots.saveDocument', snapshots.saveDocument),
      loadDocument: watched('snapshots.loadDocument', snapshots.loadDocument),
    },
    queues: {
      investigate: watched('queues.investigate', queues.investigate),
      deliver: watched('queues.deliver', queues.deliver),
      look: queues.look,
      deadLetterDelivery: watched('queues.deadLetterDelivery', queues.deadLetterDelivery),
    },
    ledger: {
      standing: watched('ledger.standing', ledger.standing),
      pause: watched('ledger.pause', ledger.pause),
      resume: watched('ledger.resume', ledger.resume),
      claim: async (...args: Parameters<typeof ledger.claim>): Promise<Claim> => {
        const claimed = await claim(...args);
        if (claimed.state !== 'claimed') return claimed;
        return {
          ...claimed,
          complete: watched('ledger.complete', claimed.complete),
          release: watched('ledger.release', claimed.release),
        };
      },
    },
    intake: { record: watched('intake.record', intake.record) },
    silences: { list: watched('silences.list', silences.list) },
    checkGateway: watched('checkGateway', checkGateway),
    openReader: async (gatewayId: string) => {
      const reader = await openReader(gatewayId);
      return { ...reader, read: watched('reader.read', reader.read) };
    },
    sinks,
  });

  return {
    passed,
    revive: () => {
      isDead = false;
    },
  };
}
