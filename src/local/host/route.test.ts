import { describe, expect, test } from '@jest/globals';
import { bySpecificity, matchRoute, parseRoute } from './route.ts';

const routes = (...templates: string[]) =>
  templates.map((template) => parseRoute('api', template, ['get'])).sort(bySpecificity);

/** The template that a path reaches, and its parameters. */
function reach(path: string, ...templates: string[]) {
  const match = matchRoute(routes(...templates), 'GET', path);
  return match.outcome === 'matched' ? [match.route.template, match.params] : match.outcome;
}

describe('a route', () => {
  test('takes the most specific template, in whatever order they were registered', () => {
    const templates = ['{*all}', 'items/{id}', 'items/{id:int}', 'items/new', 'items/{id}/parts/{part?}'];
    for (const order of [templates, templates.toReversed()]) {
      expect(reach('/api/items/new', ...order)).toEqual(['items/new', {}]);
      expect(reach('/api/items/12', ...order)).toEqual(['items/{id:int}', { id: '12' }]);
      expect(reach('/api/items/x', ...order)).toEqual(['items/{id}', { id: 'x' }]);
      expect(reach('/api/items/x/parts', ...order)).toEqual(['items/{id}/parts/{part?}', { id: 'x' }]);
      expect(reach('/api/items/x/parts/1', ...order)).toEqual(['items/{id}/parts/{part?}', { id: 'x', part: '1' }]);
      expect(reach('/api/a/b%2Fc', ...order)).toEqual(['{*all}', { all: 'a/b/c' }]);
      expect(reach('/api', ...order)).toEqual(['{*all}', {}]);
    }
  });

  test('decodes parameters once, and refuses broken escapes', () => {
    expect(reach('/api/items/a%20b%2525', 'items/{id}')).toEqual(['items/{id}', { id: 'a b%25' }]);
    expect(reach('/api/items/%', 'items/{id}')).toBe('malformed');
  });

  test('takes no empty part for a parameter', () => {
    expect(reach('/api/items//parts', 'items/{id}/parts')).toBe('not-found');
    expect(reach('/api/items/', 'items/{id?}')).toEqual(['items/{id?}', {}]);
  });

  test.each([
    '/items',
    'items/{id}/{',
    'items/a{id}',
    'items/{id:regex(^a)}',
    'items/{id:float}',
    'items/{id=1}',
    'items//{id}',
    '{id?}/items',
    '{*rest}/items',
  ])('that this host does not serve is refused: %s', (template) => {
    expect(() => parseRoute('api', template, ['GET'])).toThrow(/^The route "/);
  });
});
