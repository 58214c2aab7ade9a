import type { Case } from '../case.ts';
import { cause, type Cause } from '../cause.ts';
import { fromFindings } from './from-findings.ts';

/** What concerns other services of this host, or only some connections. */
export const hidesListener = (one: Case): Cause[] =>
  (['host/listener-covered', 'host/listener-partly-covered', 'host/session-covered'] as const).flatMap((code) =>
    fromFindings(one, code, 'hides-listener', () => 'note'),
  );

export const ephemeralRange = (one: Case): Cause[] =>
  fromFindings(one, 'host/ephemeral-overlap', 'ephemeral-range', () => 'note');

export const bridgeHairpin = (one: Case): Cause[] =>
  fromFindings(one, 'host/bridge-hairpin', 'bridge-hairpin', () => 'doubt');

/** Protocols that open further connections, to ports that they agree on. */
const HELPED: Readonly<Record<string, string>> = {
  'tcp 21': 'FTP',
  'udp 69': 'TFTP',
  'udp 5060': 'SIP',
  'tcp 5060': 'SIP',
  'tcp 1723': 'PPTP',
};

export function helper({ bindings }: Case): Cause[] {
  const found = bindings.flatMap(({ protocol, targetPorts }) => HELPED[`${protocol} ${targetPorts.first}`] ?? []);
  return found
    .slice(0, 1)
    .map((name) =>
      cause(
        'helper',
        'note',
        `${name} opens further connections to ports that it agrees on, and this forward carries only its first one`,
        'forward those ports too, and set the service to use only them',
      ),
    );
}
