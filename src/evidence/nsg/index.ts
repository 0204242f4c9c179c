import type { SecurityGroup } from '../../core/network.ts';
import { lastSegment } from '../../core/resource-id.ts';
import { reasonOfNoAnswer } from '../error-answer.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { fieldsOf, flatFieldsOf, isObject, listOf, present, textOf } from '../json.ts';
import { isEmptyList, isOfType, listedIn, lists, reasonOfNextPage, referredIds } from '../listed.ts';
import { readSecurityRules } from '../security-rules.ts';

/** Network security groups as configured, with what they apply to. */
export const nsg = {
  name: 'nsg',
  title: 'Network security groups',
  recognise: (document) => lists(document, isSecurityGroup),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

function groupsIn(document: unknown): readonly unknown[] {
  return listedIn(document).filter(isSecurityGroup);
}

function isSecurityGroup(item: unknown): boolean {
  if (!isObject(item)) return false;
  const fields = flatFieldsOf(item);
  if (!fields.has('securityrules')) return false;
  return fields.has('defaultsecurityrules') || isOfType(item, 'networkSecurityGroups');
}

function read(documents: readonly unknown[]): ReadResult {
  const found = documents.flatMap(groupsIn);
  const groups = new Map<string, SecurityGroup>();
  const unreadable: string[] = [];
  for (const [index, item] of found.entries()) {
    const group = readGroup(item);
    if (group) groups.set(group.id?.toLowerCase() ?? String(index), group);
    else unreadable.push(textOf(fieldsOf(item).get('name'))?.slice(0, 80) ?? 'without a name');
  }
  const reason =
    unreadable.length === 0
      ? reasonOfNextPage(documents)
      : `some rules could not be read, so these groups were left out: ${unreadable.slice(0, 5).join(', ')}`;
  if (groups.size > 0)
    return present<ReadResult>({ state: 'ok', reason, reading: { securityGroups: [...groups.values()] } });
  if (documents.length > 0 && documents.every(isEmptyList))
    return { state: 'empty', reason: 'the answer lists no security group', reading: {} };
  return { state: 'failed', reason: reason ?? reasonOfNoAnswer(documents, 'a network security group'), reading: {} };
}

function readGroup(item: unknown): SecurityGroup | undefined {
  const fields = flatFieldsOf(item);
  const id = textOf(fields.get('id'));
  const name = textOf(fields.get('name')) ?? (id === undefined ? undefined : lastSegment(id));
  const values = [...listOf(fields.get('securityrules')), ...listOf(fields.get('defaultsecurityrules'))];
  const rules = readSecurityRules(values, name);
  return (
    rules &&
    present<SecurityGroup>({
      id,
      name,
      subnetIds: referredIds(fields.get('subnets')),
      nicIds: referredIds(fields.get('networkinterfaces')),
      rules,
    })
  );
}
