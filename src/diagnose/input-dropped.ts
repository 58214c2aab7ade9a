import type { Finding } from '../finding/finding.ts';
import type { Claim } from './claim.ts';
import { diagnoseDropped } from './dropped.ts';
import type { Chain } from './rule.ts';

/** A target on this host: the packet goes through every input chain, with the target's address and port. */
export const diagnoseInputDropped = (claims: readonly Claim[], chains: readonly Chain[]): Finding[] =>
  diagnoseDropped(
    'host/input-dropped',
    claims.filter(({ local }) => local),
    chains.filter(({ type, hook }) => type === 'filter' && hook === 'input'),
  );
