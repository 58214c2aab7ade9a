import { expect, test } from 'vitest';
import { includedBy, type Included } from '../../../src/boot/included-by.ts';

const INCLUDE = 'include "/etc/nftables.d/*.nft"';

const CASES: readonly (readonly [name: string, main: string, is: Included])[] = [
  [
    'Alpine',
    `#!/usr/sbin/nft -f\nflush ruleset\ntable inet filter {\n chain input { type filter hook input priority 0; }\n}\n${INCLUDE}\n`,
    'yes',
  ],
  ['no include', 'flush ruleset\ntable inet filter {\n}\n', 'no'],
  ['in a comment', `flush ruleset\n# ${INCLUDE}\n`, 'no'],
  ['in a string', `define A = "${INCLUDE.replaceAll('"', "'")}"\n`, 'no'],
  ['before the flush', `${INCLUDE}\nflush ruleset\n`, 'before-flush'],
  ['before and after the flush', `${INCLUDE}\nflush ruleset\n${INCLUDE}\n`, 'yes'],
  ['a flush of one table only', `${INCLUDE}\nflush table inet fw4\n`, 'yes'],
  ['OpenWrt', `table inet fw4\nflush table inet fw4\n\ntable inet fw4 {\n\t${INCLUDE}\n}\n`, 'in-table'],
  ['after a table with a brace in a comment', `table inet a {\n # {\n}\n${INCLUDE}\n`, 'yes'],
  ['our file by its name', 'include "/etc/nftables.d/portfwd.nft"\n', 'yes'],
  ['relative', 'include "nftables.d/*.nft"\n', 'yes'],
  ['a pattern that ours does not match', 'include "/etc/nftables.d/5?-*.nft"\n', 'no'],
  ['another directory', 'include "/etc/nftables/*.nft"\n', 'no'],
  ['the directory itself, which includes nothing', 'include "/etc/nftables.d"\n', 'no'],
];

test.each(CASES)('%s', (_, main, is) => {
  expect(includedBy(main)).toBe(is);
});
