import type { BackendHealth, HealthTarget, Member, MemberHealth } from '../../core/backend-health.ts';
import { lastSegment, parseGatewayId, sameName } from '../../core/resource-id.ts';
import type { EvidenceKind, ReadResult } from '../evidence-kind.ts';
import { type Fields, fieldsOf, first, flatFieldsOf, isObject, listOf, textOf } from '../json.ts';
import { observe } from './observe.ts';

/** What the gateway's own probes say of every member. Always read first. */
export const backendHealth = {
  name: 'backend-health',
  title: 'Backend health',
  isFirst: true,
  recognise: (document) => isHealth(document) || isOnDemandHealth(document),
  read,
  collector: async () => (await import('./collect.ts')).collector,
} satisfies EvidenceKind;

/** Fields that only a gateway resource has. A gateway and its health both hold `backendAddressPools`. */
const GATEWAY_FIELDS = ['sku', 'httplisteners', 'listeners', 'gatewayipconfigurations', 'operationalstate', 'location'];

function isHealth(document: unknown): boolean {
  const fields = fieldsOf(document);
  const pools = fields.get('backendaddresspools');
  if (!Array.isArray(pools) && !isObject(pools)) return false;
  if (GATEWAY_FIELDS.some((name) => fields.has(name))) return false;
  const entries = listOf(pools);
  return entries.length === 0 || entries.some((entry) => settingsIn(fieldsOf(entry)) !== undefined);
}

/** The answer to an on-demand probe: one pool and one setting, and the setting's key is singular. */
function isOnDemandHealth(document: unknown): boolean {
  const fields = fieldsOf(document);
  return fields.has('backendaddresspool') && fields.has('backendhealthhttpsettings');
}

function settingsIn(entry: Fields): unknown {
  return first(entry, 'backendhttpsettingscollection', 'backendsettingscollection');
}

/**
 * Documents of one gateway are merged; where two show the same pool and setting, the later one stands. The answer to an
 * on-demand probe only adds what no periodic probe was read for, since such a probe skips some of the checks.
 */
function read(documents: readonly unknown[]): ReadResult {
  const periodic = documents.filter(isHealth);
  const onDemand = documents.filter((document) => !isHealth(document) && isOnDemandHealth(document));
  if (periodic.length + onDemand.length === 0)
    return { state: 'failed', reason: 'the answer does not have the shape of backend health', reading: {} };

  const ids = [...new Set(documents.flatMap(idsIn).flatMap((id) => parseGatewayId(id)?.id.toLowerCase() ?? []))];
  if (ids.length > 1)
    return { state: 'failed', reason: `these are answers of ${ids.length} gateways; give one at a time`, reading: {} };

  const targets = new Map<string, HealthTarget>();
  for (const target of periodic.flatMap(readPools)) targets.set(keyOf(target), target);
  for (const target of onDemand.flatMap(readOnDemand)) {
    if (!targets.has(keyOf(target))) targets.set(keyOf(target), target);
  }
  const gatewayId = documents
    .flatMap(idsIn)
    .map((id) => parseGatewayId(id)?.id)
    .find((id) => id !== undefined);
  const reading: BackendHealth = { ...(gatewayId === undefined ? {} : { gatewayId }), targets: [...targets.values()] };
  if (targets.size > 0) return { state: 'ok', reading: { backendHealth: reading } };
  return {
    state: 'empty',
    reason: periodic.some((document) => listOf(fieldsOf(document).get('backendaddresspools')).length > 0)
      ? 'backend health lists pools, but no backend setting with any of them'
      : 'backend health lists no backend pool',
    reading: { backendHealth: reading },
  };
}

function keyOf({ pool, setting }: HealthTarget): string {
  return `${pool}\n${setting}`.toLowerCase();
}

function readPools(document: unknown): readonly HealthTarget[] {
  return listOf(fieldsOf(document).get('backendaddresspools')).flatMap((entry) => {
    const fields = fieldsOf(entry);
    const pool = nameOf(fields.get('backendaddresspool'), 'unnamed pool');
    return listOf(settingsIn(fields)).map((setting) => readTarget(pool, setting));
  });
}

function readOnDemand(document: unknown): readonly HealthTarget[] {
  const fields = fieldsOf(document);
  const pool = nameOf(fields.get('backendaddresspool'), 'unnamed pool');
  return listOf(fields.get('backendhealthhttpsettings')).map((setting) => readTarget(pool, setting));
}

function readTarget(pool: string, entry: unknown): HealthTarget {
  const fields = fieldsOf(entry);
  const setting = nameOf(first(fields, 'backendhttpsettings', 'backendsettings'), 'unnamed setting');
  return { pool, setting, members: listOf(fields.get('servers')).map(readMember) };
}

/** The name in a reference: the last segment of its id, or its own name where the id is absent. */
function nameOf(reference: unknown, otherwise: string): string {
  const fields = flatFieldsOf(reference);
  const id = textOf(fields.get('id'));
  return (id === undefined ? undefined : textOf(lastSegment(id))) ?? textOf(fields.get('name')) ?? otherwise;
}

function readMember(server: unknown): Member {
  const fields = fieldsOf(server);
  const healthAsWritten = textOf(fields.get('health')) ?? 'not given';
  const text = textOf(fields.get('healthprobelog'));
  const errorName = textOf(fields.get('healthprobeerrorname'));
  return {
    address: textOf(fields.get('address')) ?? nameOf(fields.get('ipconfiguration'), 'unnamed member'),
    health: readHealth(healthAsWritten),
    healthAsWritten,
    ...(text === undefined ? {} : { text }),
    ...(errorName === undefined ? {} : { errorName }),
    observed: observe(text, errorName),
  };
}

const HEALTH_WORDS: readonly (readonly [MemberHealth, readonly string[]])[] = [
  ['healthy', ['healthy', 'up']],
  ['unhealthy', ['unhealthy', 'down']],
  ['partial', ['partial']],
  ['draining', ['draining']],
];

function readHealth(word: string): MemberHealth {
  return HEALTH_WORDS.find(([, words]) => words.some((known) => sameName(known, word.trim())))?.[0] ?? 'unknown';
}

/** Every id in an answer that may name the gateway. */
function idsIn(document: unknown): readonly string[] {
  const fields = fieldsOf(document);
  const references = [
    fields.get('backendaddresspool'),
    ...listOf(fields.get('backendaddresspools')).map((entry) => fieldsOf(entry).get('backendaddresspool')),
  ];
  return references.flatMap((reference) => textOf(fieldsOf(reference).get('id')) ?? []);
}
