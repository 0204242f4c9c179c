import type { Stored, TrafficDeadLetter, TrafficStore } from '../src/app/read-traffic.ts';
import type { TroubleStore } from '../src/app/watch-traffic.ts';
import type { PartitionLedger } from '../src/traffic/ledger.ts';
import type { WindowRow } from '../src/traffic/row.ts';
import { readRow, writeRow } from '../src/traffic/row-text.ts';
import type { TroubleState } from '../src/traffic/trouble-signals.ts';

/** The store of the stream in memory, for tests of the flows alone. The real one is tested against a storage emulator. */
export interface MemoryTraffic extends TrafficStore, TroubleStore {
  readonly rows: Map<string, Versioned>;
  readonly troubles: Map<string, Versioned>;
  readonly noted: Map<string, Date>;
  readonly letters: TrafficDeadLetter[];
  /** How often rows were looked through. */
  looks: number;
  /** Runs before each write of what is known of a gateway, as a second instance would. */
  beforeSave?: () => void;
}

interface Versioned {
  readonly text: string;
  readonly version: string;
}

export function memoryTraffic(): MemoryTraffic {
  let versions = 0;
  const load = <Value>(
    from: Map<string, Versioned>,
    key: string,
    read: (text: string) => Value,
  ): Stored<Value> | undefined => {
    const known = from.get(key);
    return known && { value: read(known.text), version: known.version };
  };
  const save = (to: Map<string, Versioned>, key: string, text: string, version: string | undefined): boolean => {
    if (to.get(key)?.version !== version) return false;
    versions += 1;
    to.set(key, { text, version: String(versions) });
    return true;
  };
  const ledgers = new Map<string, Versioned>();
  const rowKey = (gateway: string, minute: number, partition: string) => `${gateway} ${minute} ${partition}`;
  const memory: MemoryTraffic = {
    rows: new Map(),
    troubles: new Map(),
    noted: new Map(),
    letters: [],
    looks: 0,
    loadRow: async (gateway, minute, partition) => load(memory.rows, rowKey(gateway, minute, partition), readRow),
    saveRow: async (row, version) =>
      save(memory.rows, rowKey(row.gateway, row.minute, row.partition), writeRow(row), version),
    loadLedger: async (partition) => load(ledgers, partition, (text) => JSON.parse(text) as PartitionLedger),
    saveLedger: async (ledger, version) => save(ledgers, ledger.partition, JSON.stringify(ledger), version),
    keepDeadLetter: async (letter) => {
      memory.letters.push(letter);
    },
    rowsBetween: async (gateway, fromMinute, toMinute) => {
      memory.looks += 1;
      const rows: WindowRow[] = [...memory.rows.values()].map(({ text }) => readRow(text));
      return rows.filter((row) => row.gateway === gateway && row.minute >= fromMinute && row.minute <= toMinute);
    },
    ledgers: async () => [...ledgers.values()].map(({ text }) => JSON.parse(text) as PartitionLedger),
    loadTrouble: async (gateway) => load(memory.troubles, gateway, (text) => JSON.parse(text) as TroubleState),
    saveTrouble: async (state, version) => {
      memory.beforeSave?.();
      return save(memory.troubles, state.gateway, JSON.stringify(state), version);
    },
    noteFailing: async (gateway, at) => {
      memory.noted.set(gateway, at);
    },
    troubledSince: async (since) => {
      const failing = [...memory.noted].filter(([, at]) => at >= since).map(([gateway]) => gateway);
      const waiting = [...memory.troubles].filter(
        ([, { text }]) => (JSON.parse(text) as TroubleState).outbox.length > 0,
      );
      return [...new Set([...failing, ...waiting.map(([gateway]) => gateway)])];
    },
  };
  return memory;
}
