/** Reads compiled Azure Resource Manager templates, as far as the tests of infra/ ask them something. */

type Fields = Readonly<Record<string, unknown>>;

export interface Template {
  readonly resources: Fields | readonly unknown[];
  readonly outputs?: Fields;
  readonly variables?: Fields;
  readonly parameters?: Fields;
  readonly definitions?: Fields;
}

export interface Resource {
  readonly type: string;
  readonly name: string;
  readonly properties: Fields;
  readonly all: Fields;
  /** The template that the resource is in. */
  readonly template: Template;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A template and all that are nested in it. */
export function templatesIn(template: Template): readonly Template[] {
  const nested = entriesOf(template)
    .map((resource) => (isFields(resource.properties) ? resource.properties.template : undefined))
    .filter((value): value is Fields & Template => isFields(value) && 'resources' in value);
  return [template, ...nested.flatMap(templatesIn)];
}

/** Every resource that a deployment makes or changes: neither the nested deployments nor what is only referred to. */
export function resourcesIn(template: Template): readonly Resource[] {
  return templatesIn(template).flatMap((each) =>
    entriesOf(each)
      .filter(({ type, existing }) => type !== 'Microsoft.Resources/deployments' && existing !== true)
      .map((all) => ({
        type: String(all.type),
        name: String(all.name),
        properties: isFields(all.properties) ? all.properties : {},
        all,
        template: each,
      })),
  );
}

function entriesOf({ resources }: Template): readonly Fields[] {
  return Object.values(resources).filter(isFields);
}

/** An expression of the template language. */
export type Expression =
  | { readonly text: string }
  | { readonly number: number }
  | { readonly call: string; readonly args: readonly Expression[] }
  | { readonly of: Expression; readonly part: Expression };

/** Parses `[expression]`; undefined for a string that is none. Throws on what it does not understand. */
export function parseExpression(source: string): Expression | undefined {
  if (!source.startsWith('[') || source.startsWith('[[') || !source.endsWith(']')) return undefined;
  const tokens = source.slice(1, -1).match(/'(?:[^']|'')*'|[A-Za-z_]\w*|-?\d+|[()[\].,]/g) ?? [];
  let at = 0;
  const expression = parse();
  if (at !== tokens.length)
    throw new Error(`not understood from "${tokens.slice(at, at + 5).join(' ')}" on: ${source}`);
  return expression;

  function parse(): Expression {
    let node = parsePrimary();
    for (;;) {
      if (tokens[at] === '.') {
        at += 1;
        node = { of: node, part: { text: tokens[at++] ?? '' } };
      } else if (tokens[at] === '[') {
        at += 1;
        node = { of: node, part: parse() };
        expectToken(']');
      } else return node;
    }
  }

  function parsePrimary(): Expression {
    const token = tokens[at++] ?? '';
    if (token.startsWith("'")) return { text: token.slice(1, -1).replaceAll("''", "'") };
    if (/^-?\d/.test(token)) return { number: Number(token) };
    expectToken('(');
    const args: Expression[] = [];
    while (tokens[at] !== ')' && at < tokens.length) {
      args.push(parse());
      if (tokens[at] === ',') at += 1;
    }
    expectToken(')');
    return { call: token, args };
  }

  function expectToken(wanted: string): void {
    if (tokens[at++] !== wanted) throw new Error(`${wanted} is missing in ${source}`);
  }
}

/** A value that is written down, or is an expression whose parts are looked at one by one. */
type Value = Expression | Fields | readonly unknown[] | boolean | number | string;

/**
 * The objects that a value may consist of: written down, made by `createObject`, joined by `union`, or one of two by `if`.
 * What comes from a parameter is not known here and is left out.
 */
export function objectsIn(value: unknown, template: Template): readonly ReadonlyMap<string, Value>[] {
  if (Array.isArray(value)) return value.flatMap((item) => objectsIn(item, template));
  if (typeof value === 'string') {
    const expression = parseExpression(value);
    return expression ? objectsOf(expression, template) : [];
  }
  return isFields(value) ? [new Map(Object.entries(value as Readonly<Record<string, Value>>))] : [];
}

function objectsOf(expression: Expression, template: Template): readonly ReadonlyMap<string, Value>[] {
  if (!('call' in expression)) return [];
  const { call, args } = expression;
  if (call === 'variables') return objectsIn(template.variables?.[textOf(args[0])], template);
  if (call === 'if') return args.slice(1).flatMap((arg) => objectsOf(arg, template));
  if (['union', 'createArray', 'concat'].includes(call)) return args.flatMap((arg) => objectsOf(arg, template));
  if (call !== 'createObject') return [];
  const pairs: [string, Value][] = [];
  for (let at = 0; at + 1 < args.length; at += 2) {
    const value = args[at + 1];
    if (value) pairs.push([textOf(args[at]), value]);
  }
  return [new Map(pairs)];
}

function textOf(expression: Expression | undefined): string {
  if (expression && 'text' in expression) return expression.text;
  throw new Error('a name that is computed cannot be checked');
}

/** Whether a value is true whatever is handed in. */
export function isTrue(value: Value | undefined): boolean {
  return value === true || (isFields(value) && 'call' in value && value.call === 'true');
}
