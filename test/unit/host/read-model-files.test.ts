import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readModelFiles } from '../../../src/host/files/read-model-files.ts';
import { unpackParts } from '../../../src/parts/parts.ts';
import { directoryWith } from '../../support/portfwd.ts';

let remove = (): void => {};
afterEach(() => remove());

const PART = 'forwards:\n- 80:10.0.0.2\n';

function directory(files: Readonly<Record<string, string>>): string {
  const made = directoryWith({ 'portfwd.yaml': 'version: 1\n', ...files });
  ({ remove } = made);
  return made.path;
}

test('copies of an editor, hidden files and other names are not read', () => {
  const path = directory({
    'portfwd.d/20-web.yml': PART,
    'portfwd.d/10-mail.json': '{"forwards": []}',
    'portfwd.d/20-web.yml~': PART,
    'portfwd.d/.20-web.yml.swp': PART,
    'portfwd.d/.hidden.yaml': PART,
    'portfwd.d/30-old.yaml.before-rollback': PART,
    'portfwd.d/README': PART,
  });
  const names = unpackParts(readModelFiles(join(path, 'portfwd.yaml'))).map(({ name }) => name);
  expect(names).toEqual(['', '10-mail.json', '20-web.yml']);
});

test.each<[string, (path: string) => void, RegExp]>([
  ['a link without a target', (path) => symlinkSync('/nowhere/at/all', path), /20-web\.yaml cannot be read \(ENOENT\)/],
  ['a directory', (path) => mkdirSync(path), /20-web\.yaml cannot be read \(not a regular file\)/],
])('%s is not left out', (_, make, message) => {
  const path = directory({ 'portfwd.d/10-mail.yaml': PART });
  make(join(path, 'portfwd.d/20-web.yaml'));
  expect(() => readModelFiles(join(path, 'portfwd.yaml'))).toThrow(
    expect.objectContaining({
      reason: 'config-unreadable',
      message: expect.stringMatching(message) as unknown,
      remedy: 'repair it or remove it: every file of this directory belongs to the model',
    }),
  );
});
