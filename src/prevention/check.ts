import type { Readings } from '../core/readings.ts';
import type { Citation, FixStep, MissingRead, Scope } from '../core/verdict.ts';

/** What a finding would cost, worst first. The words are public: `--fail-on` takes them. */
export const COSTS = ['outage', 'pool', 'requests', 'hygiene'] as const;
export type Cost = (typeof COSTS)[number];

/** What each of them means, for people. */
export const COST_MEANINGS = {
  outage: 'every request fails',
  pool: 'the requests of one backend pool or listener fail',
  requests: 'some requests fail',
  hygiene: 'no request fails by this alone',
} as const satisfies Record<Cost, string>;

/**
 * How near it is. `now`: it costs this already. `soon`: a date or a measured limit is close. `someday`: something else has
 * to happen first, such as a machine that is rebuilt.
 */
export const NEARNESS = ['now', 'soon', 'someday'] as const;
export type Nearness = (typeof NEARNESS)[number];

/** What an audit has read: the readings of a diagnosis, and what of the gateway only prevention asks for. */
export interface AuditReadings extends Readings {
  /** Absent where the gateway's configuration was not read. */
  readonly posture?: GatewayPosture;
}

/** Parts of the gateway's configuration that no cause turns on. Names are as configured. */
export interface GatewayPosture {
  readonly certificates: readonly ListenerCertificate[];
  /** The names of the listener certificates by the listener's name. */
  readonly certificateOf: Readonly<Record<string, string>>;
}

/** A certificate that listeners show to clients. */
export interface ListenerCertificate {
  readonly name: string;
  /** Base64, as `publicCertData`: a PKCS #7 envelope of the chain, or the certificate alone. */
  readonly data?: string;
  /** Where in a Key Vault it comes from, without query. */
  readonly keyVaultSecretId?: string;
}

/** What a finding is about. Absent parts mean "all of it". */
export interface FindingScope extends Scope {
  readonly probe?: string;
  readonly listener?: string;
  readonly certificate?: string;
  /** A security group, a route table or a rule in one. */
  readonly resource?: string;
}

export interface Finding {
  readonly cost: Cost;
  readonly nearness: Nearness;
  /** Whole days until it happens, where that is known; negative where it has happened. */
  readonly daysLeft?: number;
  readonly scope: FindingScope;
  /** What is so, in one sentence. */
  readonly says: string;
  /** What it was read off; never empty. */
  readonly because: readonly Citation[];
  /** What would tell whether it really costs that, where a reading leaves it open. */
  readonly missing?: readonly MissingRead[];
  /** Never empty. Commands carry the real names; the undo restores what was read. */
  readonly fix: readonly FixStep[];
}

/** What a check makes of the readings. */
export interface Judgement {
  readonly findings: readonly Finding[];
  /** What could not be judged for lack of a reading. Findings and gaps can stand side by side, of different parts. */
  readonly notJudged: readonly MissingRead[];
}

/** One thing that can be seen coming: one file in `checks/`, one line in the list. */
export interface Check {
  /** Public, such as `certificate-expiry`. Never changes once released. */
  readonly id: string;
  /** What is wrong where it finds something, in a few plain words. */
  readonly title: string;
  /** The most that a finding of it can cost. */
  readonly costsUpTo: Cost;
  /** The ids of the causes that it prevents. */
  readonly prevents: readonly string[];
  /** The names of the evidence that it reads. */
  readonly reads: readonly string[];
  /** What it looks for and why, in two or three sentences. */
  readonly meaning: string;
  /** What it cannot see. */
  readonly blindSpots: readonly string[];
  /**
   * Pure and total. Says nothing that was not read: where a reading is missing, that part is not judged, and absence is
   * never taken for a default that the service does not have.
   */
  readonly judge: (readings: AuditReadings) => Judgement;
}

export function found(...findings: readonly Finding[]): Judgement {
  return { findings, notJudged: [] };
}

export function notJudged(...reads: readonly MissingRead[]): Judgement {
  return { findings: [], notJudged: reads };
}

/** Several judgements as one, each missing reading once. */
export function together(judgements: readonly Judgement[]): Judgement {
  const reads = judgements.flatMap((judgement) => judgement.notJudged);
  return {
    findings: judgements.flatMap(({ findings }) => findings),
    notJudged: [...new Map(reads.map((read) => [`${read.read}\n${read.command ?? ''}`, read])).values()],
  };
}
