import { isLoopback } from '../model/address.ts';
import { isLocal, type HostFacts } from '../model/host-facts.ts';
import { sourceOf, type Expectation, type Expected } from './expectation.ts';

/** Where a service was reached, and the client that it saw. */
export interface Answer {
  readonly at: string;
  readonly port: number;
  readonly sees: string;
}

/** Undefined: as expected. Otherwise what was different. */
export function faultOf(
  { probe: { packet }, expectation }: Expected,
  answer: Answer | null,
  facts: HostFacts,
): string | undefined {
  if (expectation.kind !== 'answer')
    return answer === null ? undefined : `answered by ${endOf(answer.at, answer.port)}; ${WORDS[expectation.kind]}`;
  const { at, masqueraded } = expectation;
  const wanted = endOf(at.address, at.port);
  if (answer === null) return `no answer; ${wanted} should answer`;
  if (endOf(answer.at, answer.port) !== wanted)
    return `answered by ${endOf(answer.at, answer.port)}; ${wanted} should answer`;
  const isHost = isLoopback(answer.sees) || isLocal(facts, answer.sees);
  if (masqueraded) return isHost ? undefined : `the target sees ${answer.sees}; it should see an address of this host`;
  const client = sourceOf(packet);
  return answer.sees === client ? undefined : `the target sees ${answer.sees}; it should see the client ${client}`;
}

const WORDS: Readonly<Record<Exclude<Expectation['kind'], 'answer'>, string>> = {
  none: 'no forward applies',
  dropped: 'the packet should be dropped',
  around: 'the reply should go past this host',
};

export const endOf = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
