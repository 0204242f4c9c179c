import type { Route } from '../../core/gateway.ts';
import { lastSegment, sameName } from '../../core/resource-id.ts';
import { type Fields, first, flatFieldsOf, isObject, listOf, present, textOf } from '../json.ts';
import { referredName } from './reference.ts';

/** Every way through the gateway: basic rules, path rules with their default, redirects, and the layer 4 rules. */
export function readRoutes(gateway: Fields): readonly Route[] {
  const rules = [...objects(gateway.get('requestroutingrules')), ...objects(gateway.get('routingrules'))];
  return rules.flatMap((rule) => readRule(gateway, rule));
}

function readRule(gateway: Fields, rule: Fields): readonly Route[] {
  const base = { rule: nameOf(rule) ?? '', listener: referredName(first(rule, 'httplistener', 'listener')) };
  const mapName = referredName(rule.get('urlpathmap'));
  if (mapName === undefined) return readEnds(gateway, rule, { ...base, paths: [] });
  const map = objects(gateway.get('urlpathmaps')).find((candidate) => sameName(nameOf(candidate) ?? '', mapName));
  if (!map) return [present<Route>({ ...base, paths: [], redirects: false })];
  return [
    ...objects(map.get('pathrules')).flatMap((path) =>
      readEnds(gateway, path, { ...base, paths: listOf(path.get('paths')).flatMap((text) => textOf(text) ?? []) }),
    ),
    ...readEnds(gateway, map, { ...base, paths: [] }),
  ];
}

/** Where a rule, a path rule or the default of a path map ends. A load distribution policy ends in several pools. */
function readEnds(gateway: Fields, part: Fields, base: Pick<Route, 'rule' | 'listener' | 'paths'>): readonly Route[] {
  const end = (name: string) => first(part, name, `default${name}`);
  const setting = referredName(end('backendhttpsettings') ?? end('backendsettings'));
  const policyName = referredName(end('loaddistributionpolicy'));
  const policy = objects(gateway.get('loaddistributionpolicies')).find((candidate) =>
    sameName(nameOf(candidate) ?? '', policyName ?? ''),
  );
  const pools = policy
    ? objects(policy.get('loaddistributiontargets')).map((target) => referredName(target.get('backendaddresspool')))
    : [referredName(end('backendaddresspool'))];
  const redirects = end('redirectconfiguration') !== undefined;
  return pools.map((pool) => present<Route>({ ...base, pool, setting, redirects }));
}

function objects(value: unknown): readonly Fields[] {
  return listOf(value).filter(isObject).map(flatFieldsOf);
}

function nameOf(part: Fields): string | undefined {
  const id = textOf(part.get('id'));
  return textOf(part.get('name')) ?? (id === undefined ? undefined : lastSegment(id));
}
