import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, expect, test } from 'vitest';
import {
  DISTRIBUTIONS,
  IN_TABLE,
  inTree,
  link,
  linesOf,
  OPENWRT,
  plant,
  SYSTEMD,
  whole,
  type Tree,
} from '../lab/boot-lab.ts';
import { PORTFWD_COMMAND } from '../lab/lab.ts';

let trees: Tree[] = [];
afterEach(() => {
  for (const tree of trees) tree.remove();
  trees = [];
});

const planted = (files: Readonly<Record<string, string>>): Tree => {
  const tree = plant(files);
  trees.push(tree);
  return tree;
};

const [program, ...first] = PORTFWD_COMMAND;

async function portfwd(
  ...args: readonly string[]
): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await execa(program, [...first, ...args], { reject: false });
  return { exitCode, stdout, stderr };
}

const SERVICE = 'etc/systemd/system/portfwd.service';

/** What the boot runs after the distribution's own. */
function starts({ root, read }: Tree): string[] {
  if (existsSync(join(root, SERVICE)))
    return [...linesOf(read(SERVICE), 'ExecStart'), ...linesOf(read(SERVICE), 'ExecStartPost')];
  if (!existsSync(join(root, 'etc/init.d/portfwd'))) return [];
  return [/^\t(?<start>\/usr\/sbin\/nft -f .*)$/m.exec(read('etc/init.d/portfwd'))?.groups?.['start'] ?? 'false'];
}

test.each(Object.entries(DISTRIBUTIONS))(
  '%s: main file and forwards load together, and disable restores the tree',
  async (_, { main, files }) => {
    const tree = planted(files);
    const before = await whole(tree.root);
    const enabled = await portfwd('enable', '--root', tree.root);
    expect(enabled).toMatchObject({ exitCode: 0, stdout: expect.stringMatching('1 forward is loaded at boot') });
    const boot = [`nft -f /${main}`, ...starts(tree)].join(' && ');
    const tables = (await inTree(tree, `nft -f /${main} && nft list tables`)).stdout.split('\n');
    const { exitCode, stdout, stderr } = await inTree(tree, `${boot} && ${boot} && nft list tables`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n').sort()).toEqual([...new Set([...tables, 'table inet portfwd'])].sort());
    expect((await portfwd('enable', '--root', tree.root)).exitCode).toBe(0);
    expect((await portfwd('disable', '--root', tree.root)).stdout).toBe('the forwards are no longer loaded at boot');
    expect(await whole(tree.root)).toBe(before);
    expect(await portfwd('disable', '--root', tree.root)).toEqual({
      exitCode: 0,
      stdout: 'nothing was enabled',
      stderr: '',
    });
  },
);

test.each(Object.entries({ OpenWrt: OPENWRT, 'an include inside a table': IN_TABLE }))(
  '%s is refused with the reason',
  async (_, files) => {
    const tree = planted(files);
    const before = await whole(tree.root);
    const { exitCode, stderr } = await portfwd('enable', '--root', tree.root);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/inside a table.*\[boot-unsupported\]/);
    expect(await whole(tree.root)).toBe(before);
  },
);

test('a main file that fails only together with the drop-in is refused; one that fails alone is a warning', async () => {
  // One more file in between: the main file alone does not show where the drop-in is included.
  const nested = { 'etc/more.nft': IN_TABLE['etc/nftables.conf'], 'etc/nftables.conf': 'include "/etc/more.nft"\n' };
  const tree = planted({ ...SYSTEMD, ...nested });
  const before = await whole(tree.root);
  expect(await portfwd('enable', '--root', tree.root)).toMatchObject({
    exitCode: 4,
    stderr: expect.stringMatching(/\[boot-refused\]/),
  });
  expect(await whole(tree.root)).toBe(before);
  writeFileSync(join(tree.root, 'etc/nftables.conf'), 'table inet t { chain c { iif "lan9" drop; } }\n');
  expect(await portfwd('enable', '--root', tree.root)).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching('fails to load even without the forwards'),
  });
});

test('--print shows what enable would write, and writes nothing', async () => {
  const tree = planted(SYSTEMD);
  const before = await whole(tree.root);
  const { stdout } = await portfwd('enable', '--root', tree.root, '--print', '--json');
  expect(await whole(tree.root)).toBe(before);
  const printed = JSON.parse(stdout) as {
    files: { path: string; content: string }[];
    links: { path: string; target: string }[];
  };
  await portfwd('enable', '--root', tree.root);
  for (const { path, content } of printed.files) expect(tree.read(path)).toBe(content);
  const written = (await whole(tree.root))
    .split('\n')
    .filter((line) => !before.includes(line.split(' ')[0] ?? '') && / [fl] /.test(line));
  expect(written.map((line) => line.split(' ')[0]?.slice(1) ?? '').sort()).toEqual(
    [...printed.files, ...printed.links]
      .map(({ path }) => path)
      .concat('/var/lib/portfwd/boot.json')
      .sort(),
  );
});

test.each([
  ['the directory', 'etc/nftables.d'],
  ['the units', 'etc/systemd'],
])('a link in the place of %s is not followed', async (_, path) => {
  const tree = planted(SYSTEMD);
  const outside = planted({});
  link(tree, outside.root, path);
  const before = [await whole(tree.root), await whole(outside.root)];
  expect(await portfwd('enable', '--root', tree.root)).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(/\[boot-unwritable\]/),
  });
  expect([await whole(tree.root), await whole(outside.root)]).toEqual(before);
});

test('a link in place of the drop-in, and a file that was changed, are not overwritten', async () => {
  const tree = planted(SYSTEMD);
  const victim = planted({ victim: 'as it was' });
  await execa('mkdir', [join(tree.root, 'etc/nftables.d')]);
  link(tree, join(victim.root, 'victim'), 'etc/nftables.d/portfwd.nft');
  expect(await portfwd('enable', '--root', tree.root)).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching(/\[boot-foreign\]/),
  });
  expect(victim.read('victim')).toBe('as it was');
  await execa('rm', [join(tree.root, 'etc/nftables.d/portfwd.nft')]);
  expect((await portfwd('enable', '--root', tree.root)).exitCode).toBe(0);
  const file = join(tree.root, SERVICE);
  writeFileSync(file, `${readFileSync(file, 'utf8')}# mine\n`);
  expect((await portfwd('enable', '--root', tree.root)).exitCode).toBe(3);
  const { stderr } = await portfwd('disable', '--root', tree.root);
  expect(stderr).toMatch('was kept: it was changed since portfwd wrote it');
  expect(readdirSync(join(tree.root, 'etc/systemd/system')).sort()).toEqual(['portfwd.service']);
});

test('a link in the tree with an absolute target is followed inside the tree', async () => {
  const tree = planted({ ...SYSTEMD, 'srv/real.conf': 'table inet fw4 {\n include "/etc/nftables.d/*.nft"\n}\n' });
  link(tree, '/srv/real.conf', 'etc/nftables.conf');
  expect(await portfwd('enable', '--root', tree.root)).toMatchObject({
    exitCode: 3,
    stderr: expect.stringMatching('boot-unsupported'),
  });
});
