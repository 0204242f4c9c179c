import type { EffectiveRoutes } from '../../core/network.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { type InterfaceAnswer, interfaceAnswers, isAbout, isRefusedFor, reasonOfGaps } from '../interface-answers.ts';
import { fieldsOf, isObject, present } from '../json.ts';
import { readNetworkRoutes } from '../network-routes.ts';

/** The routes that apply to a member's network interface: the system's, configured and learned ones. */
export const effectiveRoutes = {
  name: 'effective-routes',
  title: 'Effective routes',
  recognise: (document) => {
    const answers = interfaceAnswers(document);
    return isRefusedFor(answers, 'Routes') || answers.some((answer) => isAbout(answer, isRoute));
  },
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** Configured routes have no source and no state, and keep their prefix in a text. */
function isRoute(item: unknown): boolean {
  if (!isObject(item)) return false;
  const fields = fieldsOf(item);
  return fields.has('nexthoptype') && fields.has('addressprefix') && fields.has('source') && fields.has('state');
}

function read(documents: readonly unknown[]): ReadResult {
  const answers = documents
    .flatMap(interfaceAnswers)
    .filter((answer) => answer.error !== undefined || answer.items.length === 0 || isAbout(answer, isRoute));
  const answered = answers.filter(({ error }) => error === undefined);
  const found = answered.filter(({ items }) => items.length > 0).map(readAnswer);
  const read = found.filter((routes) => routes !== undefined);
  const reason = reasonOfGaps(answers, found.length - read.length);
  if (read.length > 0)
    return present<ReadResult>({ state: 'ok', reason, reading: { effectiveRoutes: lastOfEach(read) } });
  if (answered.length > 0 && found.length === 0)
    return { state: 'empty', reason: reason ?? 'the answer lists no route', reading: {} };
  return {
    state: 'failed',
    reason: reason ?? 'the answer does not have the shape of effective routes',
    reading: {},
  };
}

/** A table of which one route cannot be read says nothing: that route may be the one that decides. */
function readAnswer({ nicId, items }: InterfaceAnswer): EffectiveRoutes | undefined {
  const routes = readNetworkRoutes(items);
  return routes && present<EffectiveRoutes>({ nicId, routes });
}

/** Where one interface was read several times, its last answer stands. Answers that do not say whose they are all do. */
function lastOfEach(all: readonly EffectiveRoutes[]): readonly EffectiveRoutes[] {
  const byNic = new Map(all.map((routes, index) => [routes.nicId?.toLowerCase() ?? index, routes]));
  return [...byNic.values()];
}
