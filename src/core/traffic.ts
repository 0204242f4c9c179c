/**
 * What the access log says, grouped. Every count is a number of requests. A group gathers the requests that agree in
 * everything below; latencies and sizes are summarised, because one group can stand for millions.
 */
export interface Traffic {
  /** First and last request seen, ISO 8601; absent where no record carried a time. */
  readonly from?: string;
  readonly to?: string;
  readonly groups: readonly TrafficGroup[];
  /** Records that could not be read, or that a bound cut off: counts are a lower bound where this is not 0. */
  readonly unread: number;
  /** Requests by minute, oldest first, where the records carried times. */
  readonly minutes: readonly TrafficMinute[];
}

/** What the access-log stream has counted: up to the minute, and without the details of single requests. */
export interface StreamTraffic extends Traffic {
  /** The paths on which most requests failed, and how many failed on others. */
  readonly failingPaths: readonly { readonly path: string; readonly failed: number }[];
  readonly failedElsewhere: number;
  readonly gaps: StreamGaps;
}

/** Why the counts of the stream are a lower bound, as far as that is known; all 0 and empty where nothing is missing. */
export interface StreamGaps {
  /** Messages that never came, of which each holds at least one record. */
  readonly missing: number;
  /** Messages that could not be read. */
  readonly unreadable: number;
  /** Records that could not be read, that came too late, and that found no room. */
  readonly unread: number;
  readonly late: number;
  readonly noRoom: number;
  /** Partitions that have brought nothing for long while others did. */
  readonly silent: readonly string[];
}

export interface TrafficMinute {
  /** The start of the minute, ISO 8601. */
  readonly at: string;
  readonly requests: number;
  /** Requests answered 502 or 504. */
  readonly failed: number;
}

export interface TrafficGroup {
  readonly pool?: string;
  readonly setting?: string;
  readonly listener?: string;
  /** `serverRouted`, `address:port`; absent where the request reached no backend. */
  readonly member?: string;
  readonly status: number;
  /** The status that the backend sent, where the record has one (`""`, `-`, `0` and null all mean that it has none). */
  readonly serverStatus?: number;
  /** `error_info`, verbatim, such as `ERRORINFO_UPSTREAM_TIMED_OUT`; absent in older records. */
  readonly errorInfo?: string;
  /** The Host that the client sent, and the Host after any rewrite. */
  readonly originalHost?: string;
  readonly host?: string;
  /** The path without its query; absent where the reading was summarised without paths. */
  readonly path?: string;
  readonly method?: string;
  readonly wafMode?: string;
  readonly count: number;
  /** Seconds from the first byte of the request to the last byte of the answer. */
  readonly timeTaken?: Spread;
  /** Seconds that the backend took, where one was reached. */
  readonly serverLatency?: Spread;
  /** Bytes received from the client. */
  readonly receivedBytes?: Spread;
  readonly sentBytes?: Spread;
  readonly firstAt?: string;
  readonly lastAt?: string;
  /** Some transaction ids of the group, to join with the firewall log. */
  readonly transactionIds: readonly string[];
}

export interface Spread {
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export function requestsIn(groups: readonly TrafficGroup[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}

/** 502 and 504: what a client sees when the gateway got no valid answer. */
export function isGatewayError(group: TrafficGroup): boolean {
  return group.status === 502 || group.status === 504;
}

/** Firewall records that say what the WAF did. `Matched` alone is not a block. */
export interface FirewallLog {
  readonly records: readonly FirewallRecord[];
}

export interface FirewallRecord {
  /** `Blocked`, `Matched`, `Detected`, `Allowed`. */
  readonly action?: string;
  readonly ruleId?: string;
  readonly ruleGroup?: string;
  readonly message?: string;
  readonly path?: string;
  readonly hostname?: string;
  readonly transactionId?: string;
  readonly policyId?: string;
  readonly count: number;
}
