import type { Log } from '../app/ports.ts';
import type { Incident } from '../core/incident.ts';
import type { Rule } from '../core/rule.ts';
import type { Silence } from '../core/silence.ts';
import type { EvidenceKind } from '../evidence/evidence-kind.ts';
import type { Door } from './access.ts';
import type { AssetFile } from './layout/shell.ts';
import type { PngFile } from './plot/png.ts';

/** What the pages and the JSON API need of the world. The platform builds it from the settings; tests build their own. */
export interface WebPorts {
  readonly now: () => Date;
  readonly log: Log;
  readonly door: Door;
  readonly incidents: {
    readonly get: (incidentId: string) => Promise<Incident | undefined>;
    /** Those that are not resolved, then the others, each the newest first. */
    readonly newest: () => Promise<NewestIncidents>;
  };
  readonly snapshots: {
    /** The document as it was saved; undefined where there is none. */
    readonly loadDocument: (path: string) => Promise<unknown>;
    /** The names of an incident's readings, such as `20260914T023000000Z`, the oldest first; bounded. */
    readonly readings: (incidentId: string) => Promise<readonly string[]>;
  };
  readonly silences: {
    /** Those that are active or still to come. */
    readonly list: () => Promise<readonly Silence[]>;
    readonly add: (silence: Silence) => Promise<void>;
    readonly end: (id: string) => Promise<void>;
  };
  readonly rules: readonly Rule[];
  readonly evidenceKinds: readonly EvidenceKind[];
  /** `https://portal.azure.com` */
  readonly portalUrl: string;
  /** A short id that nobody else has. */
  readonly newId: () => string;
  /** A file that is deployed beside the code. */
  readonly readFile: (name: AssetFile | PngFile) => Promise<Uint8Array>;
}

export interface NewestIncidents {
  readonly incidents: readonly Incident[];
  /** How many there are altogether; more than `incidents` holds where a bound cut them off. */
  readonly known: number;
}
