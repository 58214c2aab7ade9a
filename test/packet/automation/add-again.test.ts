import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEditLab, type EditLab } from '../lab/edit-lab.ts';

let lab: EditLab;
beforeAll(async () => {
  lab = await startEditLab();
});
afterAll(async () => lab.sandbox.remove());

const add = async (...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = await lab.sandbox.portfwd('add', '--json', ...args);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  return { ...(JSON.parse(stdout) as object), ...(JSON.parse(stderr || '{}') as object) };
};

test('add of what is there succeeds, says so, and changes neither file nor kernel', async () => {
  expect(await add('6000', '10.0.0.3:5000')).toMatchObject({ changed: false, present: ['tcp-6000'] });
  expect(await add('8080:10.0.0.2:80')).toMatchObject({ changed: false, present: ['web'] });
  expect((await lab.sandbox.portfwd('add', '0.0.0.0:6000', '10.0.0.3:5000')).stderr).toContain(
    'portfwd.yaml has this forward already: tcp-6000',
  );
  expect(await lab.sandbox.seen()).toEqual(lab.before);
  expect(await lab.commands()).toEqual(['apply']);
});

test('add of what is there repairs the kernel', async () => {
  await lab.sandbox.run(['nft', 'flush', 'ruleset']);
  expect(await add('6000', '10.0.0.3:5000')).toMatchObject({ changed: true, present: ['tcp-6000'] });
  await lab.inSync();
  expect(lab.fileNow()).toBe(lab.before.file);
});

test('add --replace changes the forward in its place, keeps its name and comment, and is idempotent', async () => {
  const args = ['--replace', '8080', '10.0.0.9:80'];
  expect(await lab.sandbox.portfwd('add', '8080', '10.0.0.9:80')).toMatchObject({ exitCode: 1 });
  expect(await add(...args)).toMatchObject({ changed: true, changedForwards: 1, added: 0, removed: 0 });
  expect(lab.fileNow()).toBe(lab.before.file.replace('"10.0.0.2:80"', '10.0.0.9:80'));
  expect(await add(...args)).toMatchObject({ changed: false, present: ['web'] });
  expect(await add('--replace', '7000', '10.0.0.9')).toMatchObject({ changed: true, added: 1 });
});
