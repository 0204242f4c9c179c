import type { ActivityEvent } from '../core/network.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import { command } from '../core/shell.ts';
import type { Citation, MissingRead } from '../core/verdict.ts';

/** What the rules share that live off the activity log: the order of events, what became of them, how to quote them. */

export interface TimedEvent extends ActivityEvent {
  readonly at: string;
  readonly resourceId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** The events that carry a time and a resource, oldest first. One without says neither what changed nor when. */
export function timedEvents({ activity }: Readings): readonly TimedEvent[] {
  return (activity ?? [])
    .flatMap((event) => {
      const time = event.at === undefined ? Number.NaN : Date.parse(event.at);
      if (event.at === undefined || event.resourceId === undefined || !Number.isFinite(time)) return [];
      return [{ ...event, at: event.at, resourceId: event.resourceId, time }];
    })
    .toSorted((left, right) => left.time - right.time || (left.operation < right.operation ? -1 : 1));
}

export function succeeded({ status }: ActivityEvent): boolean {
  return status !== undefined && sameName(status, 'Succeeded');
}

export function failed({ status }: ActivityEvent): boolean {
  return status !== undefined && sameName(status, 'Failed');
}

export function citeEvent({ operation, status, at }: ActivityEvent, says: string): Citation {
  const quote = [operation, status, at].filter((part) => part !== undefined).join(', ');
  return { evidence: 'activity-log', quote, says };
}

/** Whether a person, an application or the platform did it, in words. */
export function byWhom({ actor }: ActivityEvent): string {
  if (actor === 'person') return ' by a person';
  if (actor === 'application') return ' by an application';
  return actor === 'platform' ? ' by the platform' : '';
}

/** The activity log of the last day. `scope` narrows it: `['--resource-id', id]`, `['--resource-group', name]`. */
export function activityRead(what: string, ...scope: readonly string[]): MissingRead {
  const where = scope.length > 0 ? scope : ['--resource-group', '<resource-group of the backend>'];
  return {
    read: what,
    evidence: 'activity-log',
    command: command('az', 'monitor', 'activity-log', 'list', ...where, '--offset', '1d', '--max-events', '500'),
  };
}
