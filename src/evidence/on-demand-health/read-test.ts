import type { BackendHealth } from '../../core/backend-health.ts';
import type { ChangedInProbe, OnDemandTest } from '../../core/on-demand-health.ts';
import { sameName } from '../../core/resource-id.ts';
import { backendHealth } from '../backend-health/index.ts';
import { type Fields, fieldsOf, isObject, present, textOf } from '../json.ts';

/** Reads one test: the service's answer, and where it is our own document, what was asked. */

/** An error of a test is one sentence; whatever is longer was not written by the collector. */
const MAX_ERROR_LENGTH = 200;
const MAX_VALUE_LENGTH = 500;

/**
 * The service's own answer: one pool and one setting, and the setting's key is singular. `partial` holds the setting's
 * part alone, which only our own document, that names the pool itself, can do with.
 */
export function bodyShape(document: unknown): 'whole' | 'partial' | 'none' {
  const fields = fieldsOf(document);
  if (!isObject(fields.get('backendhealthhttpsettings')) && !Array.isArray(fields.get('backendhealthhttpsettings')))
    return 'none';
  return fields.has('backendaddresspool') ? 'whole' : 'partial';
}

/** One entry of our own document. Total: what is not legible is a test that was not answered. */
export function readTest(item: unknown): OnDemandTest {
  const fields = fieldsOf(item);
  const body = fields.get('body');
  const asked = {
    pool: textOf(fields.get('pool')),
    setting: textOf(fields.get('setting')),
    changed: changedIn(fields),
    value: textOf(fields.get('value'))?.slice(0, MAX_VALUE_LENGTH),
  };
  if (bodyShape(body) === 'none') {
    const error = textOf(fields.get('error'))?.slice(0, MAX_ERROR_LENGTH) ?? 'the answer is not legible';
    return unanswered(asked, error);
  }
  const target = targetIn(body);
  // An answer about somebody else would be taken for one about these members.
  if (!fits(asked.pool, target?.pool) || !fits(asked.setting, target?.setting))
    return unanswered(asked, 'the answer is about another pool or backend setting');
  const { pool = target?.pool ?? '', setting = target?.setting ?? '', changed, value } = asked;
  return present<OnDemandTest>({ pool, setting, changed, value, members: target?.members ?? [] });
}

/** The service's answer by itself, as `az network application-gateway show-backend-health --path ...` prints it. */
export function readBare(document: unknown): OnDemandTest {
  const target = targetIn(document);
  return { pool: target?.pool ?? '', setting: target?.setting ?? '', members: target?.members ?? [] };
}

function unanswered({ pool = '', setting = '', changed, value }: Partial<OnDemandTest>, error: string): OnDemandTest {
  return present<OnDemandTest>({ pool, setting, changed, value, members: [], error });
}

const CHANGES: readonly ChangedInProbe[] = ['path', 'host', 'accepted-range', 'timeout'];

/** What was changed counts only together with the value: a change to nothing is none. */
function changedIn(fields: Fields): ChangedInProbe | undefined {
  const word = textOf(fields.get('changed'))?.trim() ?? '';
  return textOf(fields.get('value')) !== undefined ? CHANGES.find((known) => sameName(known, word)) : undefined;
}

interface AnsweredTarget {
  readonly pool?: string;
  readonly setting?: string;
  readonly members: OnDemandTest['members'];
}

/** The members of the answer, read as those of backend health are: the service words both alike. */
function targetIn(body: unknown): AnsweredTarget | undefined {
  const fields = fieldsOf(body);
  const settings = fields.get('backendhealthhttpsettings');
  const pool = fields.get('backendaddresspool') ?? {};
  const { reading } = backendHealth.read([{ backendAddressPool: pool, backendHealthHttpSettings: settings }]);
  const [target] = (reading.backendHealth as BackendHealth | undefined)?.targets ?? [];
  if (!target) return undefined;
  return present<AnsweredTarget>({
    pool: isUnnamed(target.pool) ? undefined : target.pool,
    setting: isUnnamed(target.setting) ? undefined : target.setting,
    members: target.members,
  });
}

/** What the reader of backend health says of a part without a name. */
function isUnnamed(name: string): boolean {
  return /^unnamed (pool|setting)$/.test(name);
}

function fits(asked: string | undefined, answered: string | undefined): boolean {
  return asked === undefined || answered === undefined || sameName(asked.trim(), answered.trim());
}
