import { afterEach, beforeEach, expect, test } from 'vitest';
import { ADD_ANY_FLOW } from './lab/any-flow.ts';
import { startBootHost, type BootHost } from './lab/boot-host.ts';
import { PORTFWD_COMMAND } from './lab/lab.ts';

let host: BootHost;
beforeEach(async () => {
  host = await startBootHost();
});
afterEach(async () => host.remove());

const PORTFWD = PORTFWD_COMMAND.map((word) => `'${word}'`).join(' ');
const MODEL = 'version: 1\nforwarding: enable\nforwards:\n  - "6000:10.0.0.2:5000"\n';

/** A control character that is not a line break. */
const RAW = /[^\n\P{Cc}]/u;

test.each(['od\\033d', "it's", '$(id)', '\\377', 'a"b', 'a\\\\b', 'a\\\\'])(
  'an interface with an odd name: %s',
  async (name) => {
    host.sandbox.write(MODEL);
    const link = `name=$(printf '${name.replaceAll("'", "'\\''")}')`;
    const made = `${link}; ip link add "$name" type veth peer name guest0 && ip address add 192.0.2.1/24 dev "$name" && ip link set "$name" up && ip link set guest0 up && ip route add default via 192.0.2.254 dev "$name"`;
    expect(await host.run(made)).toMatchObject({ exitCode: 0 });
    for (const args of [
      'check',
      'plan',
      'apply',
      'status',
      'explain --from 203.0.113.9 --to 192.0.2.1:6000',
      'facts',
      'compile --host-facts /tmp/facts.json',
      'enable',
      'disable',
      'down',
    ]) {
      const { exitCode, stdout, stderr } = await host.run(`exec ${PORTFWD} ${args}`);
      // The syntax of nft files has no way to write a quotation mark.
      const isRefused = name.includes('"') && args === 'enable' && stderr.includes('[boot-refused]');
      expect({ args, exitCode, stderr }).toMatchObject({
        exitCode: expect.toSatisfy((code) => code === 0 || (code === 1 && args === 'plan') || isRefused),
      });
      expect(stdout + stderr).not.toMatch(RAW);
      if (args === 'facts') {
        JSON.parse(stdout);
        expect(await host.run(`${PORTFWD} facts >/tmp/facts.json`)).toMatchObject({ exitCode: 0 });
      }
    }
  },
);

/** Another program in the place of one that portfwd runs: what it prints for each line `PATTERN TEXT` instead. */
const instead = (tool: string, pattern: string, what: string): string =>
  `tool=$(readlink -f "$(command -v ${tool})"); cp "$tool" /run/real-${tool}; ` +
  `printf '#!/bin/sh\\ncase "$*" in ${pattern}) ${what};; esac\\nexec /run/real-${tool} "$@"\\n' >/run/fake-${tool}; ` +
  `chmod 755 /run/fake-${tool}; mount --bind /run/fake-${tool} "$tool"`;

test.each([
  ['ip', '*-batch*', 'cat >/dev/null; echo "<html>"; exit 0'],
  ['ip', '*-batch*', 'cat >/dev/null; exit 0'],
  ['ip', '*-batch*', 'cat >/dev/null; echo "[{\\\\"ifname\\\\":\\\\"lo"; exit 0'],
  ['ip', '*-batch*', 'cat >/dev/null; echo "[{\\\\"ifname\\\\":[]}]"; exit 0'],
  ['nft', '*list*chains*', 'echo "{\\\\"nftables\\\\": [{"; exit 0'],
  ['nft', '*list*chains*', 'echo null; exit 0'],
  ['nft', '*list*chains*', 'echo "warning: x"; exit 0'],
  ['conntrack', '*-L*', 'echo "ipv4 2 udp 17 9 src=1.2"; exit 0'],
])('%s prints what cannot be read: its name and how to go on, and exit 3 (%#)', async (tool, pattern, what) => {
  host.sandbox.write(MODEL);
  expect(await host.run(`exec ${PORTFWD} apply`)).toMatchObject({ exitCode: 0 });
  host.sandbox.write(MODEL.replace('5000', '5001'));
  expect(await host.run(ADD_ANY_FLOW.join(' '))).toMatchObject({ exitCode: 0 });
  for (const command of ['apply', 'status']) {
    const { exitCode, stderr } = await host.run(`${instead(tool, pattern, what)}; exec ${PORTFWD} ${command}`);
    const isOptional = tool === 'conntrack';
    expect({ command, exitCode, stderr }).toMatchObject({
      exitCode: expect.toSatisfy((code) => code === 3 || (isOptional && code < 2)),
    });
    if (exitCode === 3) expect(stderr).toMatch(new RegExp(`\\b${tool}\\b.*; .*\\[tool-failed\\]`));
  }
});
