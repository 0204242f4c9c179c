import { expect, test } from '@jest/globals';
import { partNames } from './part-names.ts';

test.each([
  [[], []],
  [
    ['nic-a', 'nic-b'],
    ['nic-a', 'nic-b'],
  ],
  [
    ['nic', 'NIC', 'nic'],
    ['nic', 'NIC-2', 'nic-3'],
  ],
  [
    ['rg(1)', 'rg[1]', 'nic-2', 'nic', 'nic'],
    ['rg_1_', 'rg_1_-2', 'nic-2', 'nic', 'nic-3'],
  ],
  [['../../etc/passwd'], ['.._.._etc_passwd']],
])('%j', (names, parts) => {
  expect(partNames(names)).toEqual(parts);
});
