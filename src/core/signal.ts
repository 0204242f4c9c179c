/** Something said that a gateway may be in trouble: an alert, the access-log stream, a person. Parsed once, at the door. */
export interface Signal {
  /** Stable across redeliveries of the same event: Azure Monitor's alert id, or a digest where there is none. */
  readonly id: string;
  readonly source: 'azure-monitor' | 'access-log-stream' | 'person' | 'pagerduty';
  readonly kind: 'metric' | 'log-search' | 'resource-health' | 'activity-log' | 'manual' | 'stream' | 'incident';
  readonly condition: 'fired' | 'resolved';
  /** A portal's "test action group" notification: shown as a test, pages nobody. */
  readonly isTest: boolean;
  /** The gateway's resource id, spelled as it arrived. */
  readonly gatewayId: string;
  /** The alert rule's name, or what a person called it. Bounded in length, free of control characters. */
  readonly title: string;
  /** Azure's Sev0 to Sev4, where the signal carried one. */
  readonly severity?: number;
  /** When it fired or resolved, ISO 8601 in UTC with milliseconds; absent where it carried no readable time. */
  readonly at?: string;
  readonly criteria: readonly Criterion[];
  /** The incident of PagerDuty that brought it: somebody has been paged there already. */
  readonly pagerdutyIncidentId?: string;
  /** Pools and settings that the signal's dimensions name. */
  readonly targets: readonly { readonly pool: string; readonly setting?: string }[];
}

/** One condition of the alert, as far as it was legible. */
export interface Criterion {
  /** `HealthyHostCount`, or the name of a log query's measure. */
  readonly measure: string;
  /** A spoken comparison: `below`, `above`, `at least`, `at most`, `equal to`, `outside its usual range`. */
  readonly comparison?: string;
  readonly threshold?: number;
  readonly value?: number;
  /** `Minimum`, `Average`, ... as the alert spells it. */
  readonly aggregation?: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** What came of reading a body at a door. `code` is stable and public; `message` never repeats what was sent. */
export type SignalParse =
  /** `others`: the same event at further gateways, where an alert names several; bounded. */
  | { readonly outcome: 'signal'; readonly signal: Signal; readonly others?: readonly Signal[] }
  /** Well-formed, but about something else (another resource type, a service health notice): accepted and recorded. */
  | { readonly outcome: 'not-ours'; readonly reason: string; readonly title?: string; readonly id?: string }
  | { readonly outcome: 'invalid'; readonly code: string; readonly message: string };
