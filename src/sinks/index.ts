import { eventHub } from './event-hub/index.ts';
import { pagerduty } from './pagerduty/index.ts';
import type { Sink } from './sink.ts';
import { slack } from './slack/index.ts';
import { teams } from './teams/index.ts';
import { webhook } from './webhook/index.ts';

/** Every sink there is: one folder each. What a sink's configuration and message look like is its own affair. */
export const sinks: readonly Sink[] = [
  anySink(slack),
  anySink(teams),
  anySink(pagerduty),
  anySink(webhook),
  anySink(eventHub),
];

/** Whoever delivers hands a sink only what the same sink made, which the compiler cannot follow through a list. */
function anySink<Config, Message>(sink: Sink<Config, Message>): Sink {
  return sink as Sink;
}
