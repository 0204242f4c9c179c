import { type Member, quoteOf } from '../core/backend-health.ts';
import { type ChangedInProbe, isServed, type OnDemandTest, statusOf } from '../core/on-demand-health.ts';
import type { Readings } from '../core/readings.ts';
import { sameName } from '../core/resource-id.ts';
import type { Target } from '../core/targets.ts';
import type { Citation } from '../core/verdict.ts';
import { isIpAddress } from './backend-address.ts';
import { probeHostOf, probeRequestOf, testsAsProbed } from './probe-request.ts';

/** What the gateway itself met when it probed the same members with one thing changed. */

export interface MembersOf {
  readonly target: Target;
  readonly members: readonly Member[];
}

/** One change to the probe, and what every member in question answered to it. */
export interface Trial {
  readonly changed: ChangedInProbe;
  readonly value: string;
  /** One entry for each member and each time that it was asked; undefined where the answer does not name the member. */
  readonly answers: readonly (Member | undefined)[];
}

/** The trials of one kind, one for each value. A value that is the configured one changes nothing, and is left out. */
export function trialsOf(readings: Readings, of: MembersOf, changed: ChangedInProbe): readonly Trial[] {
  const tests = testsAsProbed(readings, of.target).filter(
    (test) => test.changed === changed && test.error === undefined && isChange(of, test),
  );
  const byValue = Map.groupBy(tests, ({ value = '' }) => (changed === 'host' ? value.toLowerCase() : value));
  return [...byValue].map(([value, same]) => ({
    changed,
    value,
    answers: same.flatMap((test) => answersIn(test, of)),
  }));
}

function isChange({ target, members }: MembersOf, { changed, value }: OnDemandTest): boolean {
  if (value === undefined) return false;
  const request = probeRequestOf(target);
  if (changed === 'path') return value.startsWith('/') && value !== request?.path;
  if (changed === 'host') {
    const hosts = members.map((member) => probeHostOf(target, member));
    return hosts.every((host) => host !== undefined && !sameName(host, value));
  }
  if (changed === 'timeout') return request !== undefined && Number(value) > request.timeoutSeconds;
  return changed === 'accepted-range';
}

/** A Host that is the name of one member was meant for that member alone; the others only had to hear it. */
function answersIn({ changed, value = '', members: shown }: OnDemandTest, { members }: MembersOf): Trial['answers'] {
  const meant = changed === 'host' ? members.filter(({ address }) => sameName(address, value)) : [];
  return (meant.length > 0 ? meant : members).flatMap((member): Trial['answers'] => {
    const own = shown.filter(({ address }) => sameName(address, member.address));
    return own.length > 0 ? own : [undefined];
  });
}

export function isServedThroughout({ answers }: Trial): boolean {
  return answers.length > 0 && answers.every((answer) => answer !== undefined && isServed(answer));
}

/** Whether every answer has this one status. */
export function isStatusThroughout({ answers }: Trial, status: number): boolean {
  return answers.length > 0 && answers.every((answer) => answer !== undefined && statusOf(answer) === status);
}

/** Quotes the first member's answer to a trial. */
export function citeTrial({ answers }: Trial, says: string): Citation {
  const first = answers.find((answer) => answer !== undefined);
  return { evidence: 'on-demand-health', quote: first ? quoteOf(first) : 'no member', says };
}

/**
 * The status that the probe's own request is answered with, told by a test that accepts any status. It is the only word
 * on it where backend health gives none.
 */
export function statusAsked(
  readings: Readings,
  target: Target,
  member: Member,
): { readonly status: number; readonly shown: Member } | undefined {
  const answers = trialsOf(readings, { target, members: [member] }, 'accepted-range').flatMap((one) => one.answers);
  const [shown] = answers;
  const status = shown && statusOf(shown);
  if (shown === undefined || status === undefined) return undefined;
  return answers.every((answer) => answer !== undefined && statusOf(answer) === status) ? { status, shown } : undefined;
}

export interface TriedOnDemand {
  /**
   * `host`: the same request is served under another Host. `path`: another path is served under the same Host.
   * `everywhere`: another path and another Host bring the same status. `host-same`: another Host brings the same status,
   * and no other path was told apart. `otherwise`: the probe's own request is answered in another way by now.
   */
  readonly outcome: 'host' | 'path' | 'everywhere' | 'host-same' | 'otherwise';
  /** Whether the probe's own request got the same status in the same run, so that nothing has changed since. */
  readonly isStill: boolean;
  /** The same; and for a path, whether the Host is known not to be what is missing. */
  readonly isSettled: boolean;
  /** The path or Host that was served, or the Host that was refused like the probe's. */
  readonly value?: string;
  readonly because: readonly Citation[];
}

/** Undefined where no test tells anything. Members that answer differently from each other are told nothing of. */
export function triedOnDemand(
  readings: Readings,
  of: MembersOf & { readonly status: number },
): TriedOnDemand | undefined {
  const { status } = of;
  const ranges = trialsOf(readings, of, 'accepted-range');
  const [range] = ranges;
  const isSame = range !== undefined && ranges.every((trial) => isStatusThroughout(trial, status));
  const isOther = ranges.some(({ answers }) =>
    answers.some((answer) => answer !== undefined && (statusOf(answer) ?? status) !== status),
  );
  if (range && isOther)
    return { outcome: 'otherwise', isStill: false, isSettled: false, because: [citeOther(range, status)] };
  const control =
    range && isSame ? [citeTrial(range, `In the same run the probe's own request is still answered ${status}.`)] : [];

  const hosts = trialsOf(readings, of, 'host');
  const served = hosts.find(isServedThroughout);
  if (served) {
    const says = `Asked by the gateway with Host ${served.value}, the same path is served.`;
    return {
      outcome: 'host',
      isStill: isSame,
      isSettled: isSame,
      value: served.value,
      because: [citeTrial(served, says), ...control],
    };
  }
  const refused = hosts.find((trial) => isStatusThroughout(trial, status));
  const isHostOut = refused !== undefined && hosts.every((trial) => isStatusThroughout(trial, status));
  const other =
    refused && isHostOut ? [citeTrial(refused, `With Host ${refused.value} the answer is ${status} as well.`)] : [];
  const paths = trialsOf(readings, of, 'path');
  const elsewhere = paths.find(isServedThroughout);
  if (elsewhere) {
    const says = `Asked by the gateway for ${elsewhere.value} under the same Host, the same members answer with success.`;
    const isSettled = isSame && (isHostOut || (hosts.length === 0 && sendsTheOnlyHost(readings, of)));
    const because = [citeTrial(elsewhere, says), ...control, ...other];
    return { outcome: 'path', isStill: isSame, isSettled, value: elsewhere.value, because };
  }
  if (!refused || !isHostOut) return undefined;
  const [path] = paths;
  const isEverywhere = path !== undefined && paths.every((trial) => isStatusThroughout(trial, status));
  const also =
    path && isEverywhere ? [citeTrial(path, `Asked for ${path.value}, the members answer ${status} as well.`)] : [];
  const outcome = isEverywhere ? 'everywhere' : 'host-same';
  return {
    outcome,
    isStill: isSame,
    isSettled: isSame,
    value: refused.value,
    because: [...also, ...other, ...control],
  };
}

function citeOther(range: Trial, status: number): Citation {
  const other = range.answers.find((answer) => answer !== undefined && (statusOf(answer) ?? status) !== status);
  const says = `Asked again, the probe's own request is not answered ${status} throughout any more.`;
  return { ...citeTrial(range, says), ...(other ? { quote: quoteOf(other) } : {}) };
}

/**
 * Whether the probe's Host is the only one that clients' requests can carry to these members: then no other name is left
 * under which the path could be served. A default site may answer / under any Host, so without this, or a test with
 * another Host, a path that is served says little.
 */
function sendsTheOnlyHost({ gateway }: Readings, { target, members }: MembersOf): boolean {
  const { settingConfig, pool, setting } = target;
  if (!gateway || !settingConfig) return false;
  return members.every((member) => {
    const host = probeHostOf(target, member);
    if (host === undefined || isIpAddress(host) || sameName(host, 'localhost')) return false;
    const names = [
      settingConfig.hostName,
      isIpAddress(member.address) ? undefined : member.address,
      ...listenerNames({ gateway }, pool, setting),
    ].filter((name) => name !== undefined);
    return names.length > 0 && names.every((name) => sameName(name, host));
  });
}

/** The names of the listeners that lead to a target; a listener without any takes every name, which `*` stands for. */
function listenerNames({ gateway }: Pick<Readings, 'gateway'>, pool: string, setting: string): readonly string[] {
  const routes = (gateway?.routes ?? []).filter(
    (route) => sameName(route.pool ?? '', pool) && sameName(route.setting ?? '', setting),
  );
  return routes.flatMap(({ listener }) => {
    const found = gateway?.listeners.find(({ name }) => listener !== undefined && sameName(name, listener));
    return found && found.hostNames.length > 0 ? found.hostNames : ['*'];
  });
}
