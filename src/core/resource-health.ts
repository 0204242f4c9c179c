/** What Azure Resource Health says of the gateway itself. */
export interface ResourceHealth {
  /** `Available`, `Unavailable`, `Degraded`, `Unknown`. */
  readonly state: string;
  /** `Unplanned`, `Planned`, `UserInitiated`: who made it so. */
  readonly reasonType?: string;
  readonly summary?: string;
  readonly detailedStatus?: string;
  readonly occurredAt?: string;
}
