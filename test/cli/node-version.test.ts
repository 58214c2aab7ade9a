import { afterAll, expect, test } from 'vitest';
import { BUILT, directoryWith, runIn } from '../support/portfwd.ts';

const { path: cwd, remove } = directoryWith({
  'pretend.cjs': "Object.defineProperty(process, 'versions', { value: { node: process.env.PRETEND } });",
});
afterAll(remove);

test.each(['0.12.18', '16.20.2', '18.18.2'])(
  'Node %s: a sentence that says what is needed, exit 3',
  async (version) => {
    expect(await runAs(version)).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: `portfwd: error: portfwd needs Node.js 18.19 or later; this is ${version}\n`,
    });
  },
);

test.each(['18.19.0', '20.0.0', '30.1.0'])('Node %s is new enough', async (version) => {
  expect(await runAs(version)).toMatchObject({ exitCode: 0, stderr: '' });
});

const runAs = async (version: string) =>
  runIn(cwd, process.execPath, ['--require', './pretend.cjs', BUILT, '--version'], { PRETEND: version });
