/** One HTTP route of the app, ready to match paths against. */
export interface Route {
  /** As written, without the prefix. */
  readonly template: string;
  /** Upper case. */
  readonly methods: readonly string[];
  readonly segments: readonly Segment[];
}

type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string; readonly optional: boolean; readonly constraint?: string }
  | { readonly kind: 'rest'; readonly name: string };

export type RouteMatch<R extends Route> =
  | { readonly outcome: 'matched'; readonly route: R; readonly params: Readonly<Record<string, string>> }
  | { readonly outcome: 'not-found' }
  /** The path holds an escape that is none. */
  | { readonly outcome: 'malformed' };

/** The constraints that this host knows, a part of those that Azure knows. */
const CONSTRAINTS: Readonly<Record<string, RegExp>> = {
  int: /^-?\d{1,10}$/,
  long: /^-?\d{1,19}$/,
  bool: /^(?:true|false)$/i,
  alpha: /^[a-z]*$/i,
  guid: /^\{?[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i,
};

/**
 * Reads a route template: literals, `{name}`, `{name?}`, `{name:int}`, `{*rest}`. Throws one clear sentence on what this
 * host does not serve, so that a route never quietly answers otherwise than in Azure.
 */
export function parseRoute(prefix: string, template: string, methods: readonly string[]): Route {
  if (template.startsWith('/')) throw new Error(`The route "${template}" must not start with "/".`);
  const written = [prefix, template].filter((part) => part !== '').join('/');
  const segments = written === '' ? [] : written.split('/').map((text) => parseSegment(text, template));
  const tail = segments.findIndex((segment) => segment.kind === 'rest' || isOptional(segment));
  if (tail !== -1 && segments.slice(tail).some((segment) => segment.kind !== 'rest' && !isOptional(segment))) {
    throw new Error(`The route "${template}" goes on after an optional part.`);
  }
  return { template, methods: methods.map((method) => method.toUpperCase()), segments };
}

function parseSegment(text: string, template: string): Segment {
  if (!/[{}]/.test(text) && text !== '') return { kind: 'literal', text };
  const rest = /^\{\*{1,2}(\w+)\}$/.exec(text);
  if (rest?.[1] !== undefined) return { kind: 'rest', name: rest[1] };
  const parameter = /^\{(\w+)(?::(\w+))?(\?)?\}$/.exec(text);
  const [, name, constraint, optional] = parameter ?? [];
  if (name === undefined || (constraint !== undefined && CONSTRAINTS[constraint] === undefined)) {
    throw new Error(`The route "${template}" has a part that the local host does not serve: "${text}".`);
  }
  return { kind: 'parameter', name, optional: optional !== undefined, ...(constraint ? { constraint } : {}) };
}

function isOptional(segment: Segment): boolean {
  return segment.kind === 'parameter' && segment.optional;
}

/** Orders routes so that the first match is the most specific: literals before constrained parameters before the rest. */
export function bySpecificity(left: Route, right: Route): number {
  for (const [index, segment] of left.segments.entries()) {
    const other = right.segments[index];
    if (!other) return -1;
    const difference = openness(segment) - openness(other);
    if (difference !== 0) return difference;
  }
  return left.segments.length - right.segments.length;
}

function openness(segment: Segment): number {
  if (segment.kind === 'literal') return 0;
  if (segment.kind === 'rest') return 3;
  return segment.constraint === undefined ? 2 : 1;
}

/** Finds the route of a request. A path without any route and a method that a route does not take are both not found. */
export function matchRoute<R extends Route>(routes: readonly R[], method: string, path: string): RouteMatch<R> {
  const parts = path.split('/').slice(1);
  if (parts.at(-1) === '') parts.pop();
  const decoded: string[] = [];
  for (const part of parts) {
    const text = decode(part);
    if (text === undefined) return { outcome: 'malformed' };
    decoded.push(text);
  }
  for (const route of routes) {
    if (!route.methods.includes(method.toUpperCase())) continue;
    const params = matchSegments(route.segments, decoded);
    if (params) return { outcome: 'matched', route, params };
  }
  return { outcome: 'not-found' };
}

function matchSegments(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'rest') {
      const rest = parts.slice(index).join('/');
      return rest === '' ? params : { ...params, [segment.name]: rest };
    }
    const part = parts[index];
    if (part === undefined || part === '') {
      if (part === undefined && isOptional(segment)) continue;
      return undefined;
    }
    if (segment.kind === 'literal') {
      if (segment.text.toLowerCase() !== part.toLowerCase()) return undefined;
      continue;
    }
    if (segment.constraint !== undefined && !CONSTRAINTS[segment.constraint]?.test(part)) return undefined;
    params[segment.name] = part;
  }
  return parts.length <= segments.length ? params : undefined;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
