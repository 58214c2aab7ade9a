import type { Finding } from '../finding/finding.ts';
import type { Claim } from './claim.ts';
import { diagnoseDropped } from './dropped.ts';
import type { Chain } from './rule.ts';

/** A target on another host: the translated packet is routed, through every forward chain there is. */
export const diagnoseForwardDropped = (claims: readonly Claim[], chains: readonly Chain[]): Finding[] =>
  diagnoseDropped(
    'host/forward-dropped',
    claims.filter(({ local }) => !local),
    chains.filter(({ type, hook }) => type === 'filter' && hook === 'forward'),
  );
