import type { GatewayId } from '../core/resource-id.ts';

/**
 * `ok`: works. `warn`: works, and is worth a change. `fail`: cannot work. `unknown`: could not be read, and therefore is
 * none of the others. Worst first.
 */
export const STATES = ['fail', 'warn', 'unknown', 'ok'] as const;
export type State = (typeof STATES)[number];

/** One line of the report. Names in it come from Azure and are untrusted; nothing in it is a secret. */
export interface Finding {
  readonly state: State;
  /** A full sentence. */
  readonly says: string;
  /** What mends it; absent where there is nothing to do. */
  readonly mend?: Mend;
}

export interface Mend {
  /** A full sentence, where a command alone does not say it. */
  readonly text?: string;
  /** Ready to paste. */
  readonly command?: string;
}

/** What asking came to. `absent`: whoever was asked says that there is no such thing. */
export type Read<Value> =
  | { readonly state: 'read'; readonly value: Value }
  | { readonly state: 'absent' }
  | { readonly state: 'unread'; readonly reason: string };

/** What the set-up checks are about: the settings, whoever is signed in, and the subscriptions in scope. */
export interface SetUp {
  /** The settings that are checked: those of the environment, or of the file that was given. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** Why the settings as a whole are not usable; absent where they are. */
  readonly settingsProblem?: string;
  readonly subscriptions: readonly string[];
  readonly gatewayCount: number;
  /** Whose rights are judged: the object id of an identity. The caller's own where absent. */
  readonly principalId?: string;
  /** The gateway that a test message is about, where one was asked for. */
  readonly sendTestAbout?: GatewayId;
}

export interface GatewayInScope {
  readonly gateway: GatewayId;
  readonly setUp: SetUp;
}

/** What may be asked. Nothing here rejects, and nothing changes anything but `sendTest`. */
export interface DoctorPort {
  readonly now: () => Date;
  /** One GET of Resource Manager. The path begins with a slash and holds its api-version. Asked once a path. */
  readonly get: (path: string) => Promise<Read<unknown>>;
  /** All pages of a list of Resource Manager. */
  readonly list: (path: string) => Promise<Read<readonly unknown[]>>;
  /** How far this machine's clock is ahead of Resource Manager's, in milliseconds. */
  readonly clockAheadMs: () => Promise<Read<number>>;
  /** What each kind of evidence needs to be read. */
  readonly collectors: () => Promise<readonly CollectorRights[]>;
  /** The sinks that the settings configure. */
  readonly sinks: (settings: SetUp['settings']) => readonly ConfiguredSink[];
  /** Whether something listens at a place: its name resolves, a connection opens, its certificate is trusted. */
  readonly reach: (place: Place) => Promise<Read<'reached'>>;
  /** Sends a marked test message through one sink. */
  readonly sendTest: (sink: string, setUp: SetUp) => Promise<Read<'delivered'>>;
  /** The event hubs that the settings name, each with what its partitions hold. */
  readonly hubs: (settings: SetUp['settings']) => Promise<readonly Hub[]>;
  /** When the first certificate of Base64 DER, PEM or PKCS #7 ends; undefined where it cannot be read. */
  readonly certificateEnd: (data: string) => Date | undefined;
}

export interface CollectorRights {
  readonly evidence: string;
  readonly title: string;
  /** Whether every investigation reads it at its start. */
  readonly isFirst: boolean;
  readonly rights: readonly string[];
}

export interface ConfiguredSink {
  readonly name: string;
  readonly title: string;
  /** Why its settings cannot work. */
  readonly problem?: string;
  /** Where it sends to: hosts only, never a path. */
  readonly places: readonly Place[];
}

export interface Place {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

export interface Hub {
  /** The setting that names it. */
  readonly setting: string;
  readonly name: string;
  /** Whether it is no sign of anything when nothing comes for a day. */
  readonly isOftenQuiet: boolean;
  readonly partitions: Read<readonly Partition[]>;
}

export interface Partition {
  readonly id: string;
  /** Absent where the partition holds nothing. */
  readonly lastEnqueuedAt?: Date;
}

/** One thing that is looked at: what to ask, and a pure judge over the answers. */
export interface Check<Subject, Found = unknown> {
  /** Stable and public: it is in the JSON. */
  readonly id: string;
  readonly title: string;
  /** The actions of Azure's access control that asking takes; `unknown` is the answer to whoever lacks one. */
  readonly rights: readonly string[];
  readonly read: (port: DoctorPort, subject: Subject) => Promise<Found>;
  readonly judge: (found: Found, subject: Subject) => readonly Finding[];
}

export function unread(what: string, { reason }: { readonly reason: string }): Finding {
  return { state: 'unknown', says: `${what} could not be read: ${reason}.` };
}
