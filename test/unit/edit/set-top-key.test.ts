import { expect, test } from 'vitest';
import { openEditable } from '../../../src/edit/editable.ts';
import { setTopKey } from '../../../src/edit/set-top-key.ts';

function set(text: string, value: string | undefined): string {
  const opened = openEditable(new TextEncoder().encode(text));
  if ('findings' in opened) throw new Error(JSON.stringify(opened.findings));
  const edited = setTopKey(opened, ['forwarding', value]);
  return 'findings' in edited ? edited.findings.map(({ code }) => code).join() : edited.text;
}

const LIST = 'forwards:\n  - "6000:10.0.0.2:5000" # web\n';

test.each([
  ['after version', `# mine\nversion: 1 # one\n${LIST}`, `# mine\nversion: 1 # one\nforwarding: enable\n${LIST}`],
  [
    'in place of the value',
    `version: 1\nforwarding: require # why\n${LIST}# end\n`,
    `version: 1\nforwarding: enable # why\n${LIST}# end\n`,
  ],
  ['after version, where it is last', `${LIST}version: 1\n`, `${LIST}version: 1\nforwarding: enable\n`],
  ['without a line break at the end', 'forwards: []\nversion: 1', 'forwards: []\nversion: 1\nforwarding: enable'],
  [
    'with the line breaks of the file',
    'version: 1\r\nforwards: []\r\n',
    'version: 1\r\nforwarding: enable\r\nforwards: []\r\n',
  ],
  ['in JSON', '{"version": 1, "forwards": []}\n', '{"version": 1, "forwards": [], "forwarding": "enable"}\n'],
  [
    'in brackets',
    '{version: 1, forwarding: ignore, forwards: []}\n',
    '{version: 1, forwarding: "enable", forwards: []}\n',
  ],
  ['in an empty file', '# nothing yet\n', '# nothing yet\nversion: 1\nforwarding: enable\nforwards: []\n'],
])('it is set %s', (_, before, after) => {
  expect(set(before, 'enable')).toBe(after);
});

test.each([
  ['in a block', `version: 1\nforwarding: enable # why\n${LIST}`, `version: 1\n${LIST}`],
  ['at the beginning', `forwarding: enable\nversion: 1\n${LIST}`, `version: 1\n${LIST}`],
  ['in JSON', '{"version": 1, "forwarding": "enable", "forwards": []}', '{"version": 1, "forwards": []}'],
  ['where it is not set', `version: 1\n${LIST}`, `version: 1\n${LIST}`],
])('it is removed %s', (_, before, after) => {
  expect(set(before, undefined)).toBe(after);
});
