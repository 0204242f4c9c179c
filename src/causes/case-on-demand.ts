import { ANSWERED, invalidStatus, TIMED_OUT } from '../reasoning/probe-texts.ts';
import { GATEWAY_ID } from './case.ts';

/** Backend health on demand in few words, for the cases of the rules. */

export interface TestSketch {
  readonly changed: 'path' | 'host' | 'accepted-range' | 'timeout';
  readonly value: string;
  /** What every member answers, or each by its address: a status, `silent`, or the service's own text for `Unhealthy`. */
  readonly answer?: AnswerSketch | Readonly<Record<string, AnswerSketch>>;
  /** Why the test was not answered. */
  readonly error?: string;
}

/** A number in the test's accepted range is a success, as the service words it. */
export type AnswerSketch = number | 'silent' | { readonly text: string };

/** Our own document of the tests of one target, with the service's answers in it as they come. */
export function onDemandJson(
  target: { readonly pool: string; readonly setting: string; readonly members: readonly string[] },
  tests: readonly TestSketch[],
): unknown {
  const { pool, setting, members } = target;
  return {
    schema: 'appgw-triage/on-demand-health@1',
    resourceId: GATEWAY_ID,
    tests: tests.map(({ answer, ...test }) => ({
      ...{ pool, setting, ...test },
      ...(answer === undefined
        ? {}
        : {
            body: {
              backendAddressPool: { id: `${GATEWAY_ID}/backendAddressPools/${pool}` },
              backendHealthHttpSettings: {
                backendHttpSettings: { id: `${GATEWAY_ID}/backendHttpSettingsCollection/${setting}` },
                servers: members.map((address) => ({ address, ...shown(test.changed, answerOf(answer, address)) })),
              },
            },
          }),
    })),
  };
}

function answerOf(answer: NonNullable<TestSketch['answer']>, address: string): AnswerSketch {
  if (typeof answer !== 'object' || 'text' in answer) return answer as AnswerSketch;
  return answer[address] ?? 'silent';
}

function shown(changed: TestSketch['changed'], answer: AnswerSketch): Readonly<Record<string, string>> {
  if (typeof answer === 'object') return { health: 'Unhealthy', healthProbeLog: answer.text };
  if (answer === 'silent') return { health: 'Unhealthy', healthProbeLog: TIMED_OUT };
  const isAccepted = changed === 'accepted-range' || (answer >= 200 && answer <= 399);
  return isAccepted
    ? { health: 'Healthy', healthProbeLog: ANSWERED.replace('200', String(answer)) }
    : { health: 'Unhealthy', healthProbeLog: invalidStatus(answer) };
}
