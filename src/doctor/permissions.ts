import { fieldsOf, textsOf } from '../evidence/json.ts';

/** What one role gives, as Azure's access control writes it. Patterns may hold `*`, which also stands for slashes. */
export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

/** Reads the permissions of Resource Manager's answer, or of a role definition. */
export function readPermissions(items: readonly unknown[]): readonly Permission[] {
  return items.map(fieldsOf).map((fields) => ({
    actions: textsOf(fields.get('actions') ?? []),
    notActions: textsOf(fields.get('notactions') ?? []),
  }));
}

/** Whether an action is permitted: by one of the roles, and not taken out again by the same role. */
export function permits(permissions: readonly Permission[], action: string): boolean {
  return permissions.some(
    ({ actions, notActions }) =>
      actions.some((pattern) => matches(pattern, action)) && !notActions.some((pattern) => matches(pattern, action)),
  );
}

/** `*` stands for any characters, none included. Case does not count. Takes one pass, whatever the pattern holds. */
export function matches(pattern: string, action: string): boolean {
  const text = action.toLowerCase();
  const pieces = pattern.toLowerCase().split('*');
  const [head = ''] = pieces;
  if (pieces.length === 1) return head === text;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  const tail = pieces.at(-1) ?? '';
  return text.length - tail.length >= at && text.endsWith(tail);
}
