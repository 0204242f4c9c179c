import type { Check, GatewayInScope, SetUp } from '../check.ts';
import { actionGroups } from './action-groups.ts';
import { alertRules } from './alert-rules.ts';
import { certificates } from './certificates.ts';
import { clock } from './clock.ts';
import { diagnosticSettings } from './diagnostic-settings.ts';
import { eventHubs } from './event-hubs.ts';
import { gateway } from './gateway.ts';
import { rights } from './rights.ts';
import { settings } from './settings.ts';
import { sinks } from './sinks.ts';
import { subscriptions } from './subscriptions.ts';

/** What is looked at once, in the order in which the report has it. */
export const setUpChecks: readonly Check<SetUp>[] = [
  anyCheck(subscriptions),
  anyCheck(clock),
  anyCheck(settings),
  anyCheck(sinks),
  anyCheck(eventHubs),
];

/** What is looked at for every gateway. */
export const gatewayChecks: readonly Check<GatewayInScope>[] = [
  anyCheck(gateway),
  anyCheck(rights),
  anyCheck(diagnosticSettings),
  anyCheck(alertRules),
  anyCheck(actionGroups),
  anyCheck(certificates),
];

/** A judge is handed only what the same check read, which the compiler cannot follow through a list. */
function anyCheck<Subject, Found>(check: Check<Subject, Found>): Check<Subject> {
  return check as unknown as Check<Subject>;
}
