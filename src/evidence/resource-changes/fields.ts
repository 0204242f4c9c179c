import { type Fields, fieldsOf, first, isObject } from '../json.ts';

/**
 * A row of `resourcechanges`, whichever way it came: whole, as the API of changes lists it, or projected to columns of the
 * usual names (`changeTime`), or to those that the command line makes up (`properties_changeAttributes_timestamp`).
 */
export interface Row {
  readonly properties: Fields;
  readonly attributes: Fields;
  readonly own: Fields;
}

export function rowOf(item: unknown): Row | undefined {
  if (!isObject(item)) return undefined;
  const own = new Map([...fieldsOf(item)].map(([name, value]) => [name.replace(/^properties_/, ''), value] as const));
  const properties = new Map([...own, ...fieldsOf(parsed(own.get('properties')))]);
  const attributes = fieldsOf(parsed(properties.get('changeattributes')));
  return { own, properties, attributes };
}

export function targetIn({ properties }: Row): unknown {
  return properties.get('targetresourceid');
}

export function changesIn({ properties }: Row): unknown {
  return parsed(first(properties, 'changes', 'changedproperties'));
}

export function attributeIn({ attributes, properties }: Row, name: string): unknown {
  return attributes.get(name) ?? first(properties, `changeattributes_${name}`, name);
}

/** What a query turned into text is read all the same. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > MAX_JSON_LENGTH || !/^\s*\{/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

const MAX_JSON_LENGTH = 1_000_000;
