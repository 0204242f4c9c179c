/**
 * Names for parts, in their order: the resources' own, and numbered where two resources have one name (in two resource
 * groups, say), because a part is a file of a snapshot. Files keep only plain characters and some systems no case.
 */
export function partNames(names: readonly string[]): readonly string[] {
  const used = new Set<string>();
  return names.map((name) => {
    const plain = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 90);
    let own = plain;
    for (let number = 2; used.has(own.toLowerCase()); number++) own = `${plain}-${number}`;
    used.add(own.toLowerCase());
    return own;
  });
}
