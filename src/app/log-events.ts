/**
 * Every line that this program logs, by its name. Alert rules, saved queries and the runbook go by these names, so a name
 * stays once it has been released; the message beside it may be reworded. docs/operations.md lists them.
 */
export const LOG_EVENTS = {
  'signal.accepted': { level: 'info', meaning: 'An alert or a request opened, joined or reopened an incident.' },
  'signal.ignored': { level: 'info', meaning: 'A signal led to no incident; `reason` says why.' },
  'signal.set-aside': { level: 'info', meaning: 'What came in is not about a gateway that is reported on.' },
  'signal.not-stored': { level: 'error', meaning: 'Storage failed at the door. The sender got a 503 and sends again.' },
  'signal.found-late': {
    level: 'warn',
    meaning: 'Azure lists a fired alert whose webhook never came; it is taken in now.',
  },
  'alert-list.refused': { level: 'warn', meaning: 'Azure refused its list of alerts for a subscription.' },
  'alert-list.silent': { level: 'warn', meaning: 'Azure’s list of alerts of a subscription did not answer in time.' },
  'pagerduty.alerts-not-read': { level: 'warn', meaning: 'PagerDuty did not answer; its webhook comes again.' },
  'pagerduty.alerts-refused': { level: 'error', meaning: 'PagerDuty refuses to show the alerts of its incidents.' },
  'settings.unusable': {
    level: 'error',
    meaning: 'A setting is missing or wrong. Every door answers 503 until it is mended.',
  },
  'queue.message-unreadable': { level: 'error', meaning: 'A message on a queue is not one of ours, and was dropped.' },
  'investigation.not-needed': { level: 'info', meaning: 'The incident was over before its investigation began.' },
  'investigation.done': { level: 'info', meaning: 'A gateway was read and judged.' },
  'delivery.done': { level: 'info', meaning: 'A sink took a message.' },
  'delivery.done-before': {
    level: 'info',
    meaning: 'The ledger says that this message was sent by an earlier attempt.',
  },
  'delivery.postponed': { level: 'warn', meaning: 'A sink did not take a message now; it is tried again.' },
  'delivery.failed': { level: 'error', meaning: 'A message was given up and is a dead letter.' },
  'delivery.claim-kept': { level: 'warn', meaning: 'A claim could not be given back; it runs out after some 40 s.' },
  'delivery.not-noted': { level: 'warn', meaning: 'An incident’s timeline could not be told that a message waits.' },
  'sweep.done': { level: 'info', meaning: 'The sweep of a minute is over. Its absence is an alarm.' },
  'sweep.incident-failed': {
    level: 'error',
    meaning: 'One incident could not be swept; the next sweep comes by again.',
  },
  'sweep.not-recorded': {
    level: 'warn',
    meaning: 'The time of the sweep could not be written down for the health endpoint.',
  },
  'audit.problem': { level: 'error', meaning: 'Own work does not move; `problem` names what.' },
  'baseline.not-read': {
    level: 'warn',
    meaning: 'What a gateway looked like before could not be read; its incident goes on.',
  },
  'baseline.done': { level: 'info', meaning: 'Gateways without an incident were read, to know what they look like.' },
  'upkeep.done': {
    level: 'info',
    meaning: 'What nobody waits for is done: baselines, and old rows and blobs deleted.',
  },
  'upkeep.failed': { level: 'warn', meaning: 'A part of the upkeep failed; it is tried again with the next one.' },
  'prevention.done': { level: 'info', meaning: 'Gateways were audited for what will fail next.' },
  'prevention.not-read': { level: 'warn', meaning: 'A gateway could not be audited; the others were.' },
  'poison.taken-up': {
    level: 'error',
    meaning: 'The queue gave a message up; what it was about goes on, and people are told.',
  },
  'poison.not-taken-up': {
    level: 'error',
    meaning: 'Given-up messages could not be handled; the next sweep tries again.',
  },
  'stream.read': { level: 'info', meaning: 'A batch of the access log was counted; `rowsWritten` says at what cost.' },
  'stream.unreadable': {
    level: 'warn',
    meaning: 'Messages of the access-log stream could not be read; they are kept as dead letters.',
  },
  'stream.signal': { level: 'info', meaning: 'The access-log stream saw trouble begin or end.' },
  'stream.look-failed': {
    level: 'error',
    meaning: 'The traffic of a gateway could not be judged; the next sweep comes by again.',
  },
  'alert-stream.unreadable': {
    level: 'warn',
    meaning: 'A message of the alert hub is no alert; it is recorded as set aside.',
  },
  'web.failed': { level: 'error', meaning: 'A page or an answer of the JSON API could not be made.' },
  'telemetry.unavailable': { level: 'warn', meaning: 'OpenTelemetry could not be started; everything else goes on.' },
  'telemetry.not-exported': { level: 'warn', meaning: 'The collector did not take traces or metrics; some are lost.' },
} as const satisfies Readonly<Record<string, { readonly level: LogLevel; readonly meaning: string }>>;

type LogLevel = 'info' | 'warn' | 'error';

export type LogEvent = keyof typeof LOG_EVENTS;

/** The events that are logged at one level. */
export type LogEventAt<Level extends LogLevel> = {
  [Event in LogEvent]: (typeof LOG_EVENTS)[Event]['level'] extends Level ? Event : never;
}[LogEvent];
