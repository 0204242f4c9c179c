import type { EffectiveSecurity } from '../../core/network.ts';
import { lastSegment } from '../../core/resource-id.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { type InterfaceAnswer, interfaceAnswers, isAbout, isRefusedFor, reasonOfGaps } from '../interface-answers.ts';
import { fieldsOf, isObject, listOf, present, textOf } from '../json.ts';
import { readSecurityRules } from '../security-rules.ts';

/** The security rules that apply to a member's network interface, from all its groups. */
export const effectiveNsg = {
  name: 'effective-nsg',
  title: 'Effective security rules',
  recognise: (document) => {
    const answers = interfaceAnswers(document);
    return (
      isRefusedFor(answers, 'SecurityGroups') || answers.some((answer) => isAbout(answer, isEntry)) || isView(document)
    );
  },
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

type Group = EffectiveSecurity['groups'][number];

function isEntry(item: unknown): boolean {
  return isObject(item) && fieldsOf(item).has('effectivesecurityrules');
}

function read(documents: readonly unknown[]): ReadResult {
  const views = documents.filter(isView);
  const answers = documents.filter((document) => !isView(document)).flatMap(interfaceAnswers);
  const about = answers.filter(
    (answer) => answer.error !== undefined || answer.items.length === 0 || isAbout(answer, isEntry),
  );
  const found = [...about.filter(({ error }) => error === undefined).map(readAnswer), ...views.flatMap(readView)];
  const read = found.filter((security) => security !== undefined);
  const unreadable = found.length - read.length;
  const reason = reasonOfGaps([...about, ...views.map(() => ({ items: [] }))], unreadable);
  const effectiveSecurity = lastOfEach(read);
  if (effectiveSecurity.length === 0)
    return {
      state: 'failed',
      reason: reason ?? 'the answer does not have the shape of effective security rules',
      reading: {},
    };
  if (effectiveSecurity.some(({ groups }) => groups.length > 0))
    return present<ReadResult>({ state: 'ok', reason, reading: { effectiveSecurity } });
  return {
    state: 'empty',
    reason: reason ?? 'no security group applies to the network interface',
    reading: { effectiveSecurity },
  };
}

/**
 * An empty list is an answer, too: no group applies. One entry that cannot be read spoils what it was answered with, and
 * so does an entry of another interface: the groups of two, taken for one's, would block what neither blocks.
 */
function readAnswer({ nicId, items }: InterfaceAnswer): EffectiveSecurity | undefined {
  const groups = items.map(readGroup);
  const known = groups.filter((group) => group !== undefined);
  const nics = associated(items, 'networkinterface');
  if (known.length < groups.length || nics.size > 1 || associated(items, 'subnet').size > 1) return undefined;
  return present<EffectiveSecurity>({ nicId: nicId ?? [...nics.values()][0], groups: known });
}

function readGroup(item: unknown): Group | undefined {
  const fields = fieldsOf(item);
  const id = textOf(fieldsOf(fields.get('networksecuritygroup')).get('id'));
  const name = id === undefined ? undefined : lastSegment(id);
  const rules = readSecurityRules(listOf(fields.get('effectivesecurityrules')), name);
  return rules && fields.has('effectivesecurityrules') ? present<Group>({ id, name, rules }) : undefined;
}

/** The ids that the entries are associated with, by their lower case. */
function associated(items: readonly unknown[], what: 'networkinterface' | 'subnet'): ReadonlyMap<string, string> {
  const ids = items.flatMap((item) => {
    const association = fieldsOf(fieldsOf(item).get('association'));
    return textOf(fieldsOf(association.get(what)).get('id')) ?? [];
  });
  return new Map(ids.map((id) => [id.toLowerCase(), id]));
}

/** Where one interface was read several times, its last answer stands. Answers that do not say whose they are all do. */
function lastOfEach(all: readonly EffectiveSecurity[]): readonly EffectiveSecurity[] {
  const byNic = new Map(all.map((security, index) => [security.nicId?.toLowerCase() ?? index, security]));
  return [...byNic.values()];
}

/** Network Watcher's security group view: `{"networkInterfaces": [{"id", "securityRuleAssociations": {}}]}`. */
function isView(document: unknown): boolean {
  return viewedIn(document).length > 0;
}

function viewedIn(document: unknown): readonly unknown[] {
  return listOf(fieldsOf(document).get('networkinterfaces'))
    .slice(0, 1_000)
    .filter((item) => isObject(fieldsOf(item).get('securityruleassociations')));
}

/**
 * The view lists the effective rules of both groups in one. Where both the subnet's and the interface's group have rules
 * of their own, these are kept apart, because each group decides for itself.
 */
function readView(document: unknown): readonly (EffectiveSecurity | undefined)[] {
  return viewedIn(document).map((item) => {
    const fields = fieldsOf(item);
    const associations = fieldsOf(fields.get('securityruleassociations'));
    const defaults = listOf(associations.get('defaultsecurityrules'));
    const own = ['subnetassociation', 'networkinterfaceassociation']
      .map((name) => listOf(fieldsOf(associations.get(name)).get('securityrules')))
      .filter((rules) => rules.length > 0);
    const effective = listOf(associations.get('effectivesecurityrules'));
    const lists = own.length > 1 || effective.length === 0 ? own.map((rules) => [...rules, ...defaults]) : [effective];
    const groups = lists.map((rules) => readSecurityRules(rules));
    const known = groups.flatMap((rules) => (rules ? [{ rules }] : []));
    if (known.length < groups.length) return undefined;
    return present<EffectiveSecurity>({ nicId: textOf(fields.get('id')), groups: known });
  });
}
