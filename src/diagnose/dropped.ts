import type { Finding } from '../finding/finding.ts';
import { allowCommand } from './allow-command.ts';
import { isLoopbackListen, type Claim } from './claim.ts';
import { fateOf } from './fate.ts';
import { formatForwards } from './names.ts';
import { packetAfter } from './packet.ts';
import { formatChain, type Chain } from './rule.ts';

interface Loss {
  readonly claim: Claim;
  readonly by: string;
  readonly unsure: boolean;
}

/**
 * What the chain of another table drops stays dropped, whatever ours accept (fact 10). One finding for each
 * chain, about all forwards that it hurts.
 */
export const diagnoseDropped = (
  code: 'host/forward-dropped' | 'host/input-dropped',
  claims: readonly Claim[],
  chains: readonly Chain[],
): Finding[] =>
  chains.flatMap((chain) => {
    const lost = claims.flatMap((claim) => lossOf(claim, chain));
    const sure = lost.filter(({ unsure }) => !unsure);
    return [
      ...finding(code, chain, sure),
      ...finding(
        code,
        chain,
        lost.filter((loss) => loss.unsure),
      ),
    ];
  });

function lossOf(claim: Claim, chain: Chain): Loss[] {
  if (isLoopbackListen(claim) || (chain.family !== 'inet' && chain.family !== claim.forward.family)) return [];
  const { verdict, by, unsure } = fateOf(chain, packetAfter(claim));
  return verdict === 'drop' ? [{ claim, by, unsure }] : [];
}

const finding = (code: Finding['code'], chain: Chain, lost: readonly Loss[]): Finding[] =>
  lost.slice(0, 1).map(({ claim, by, unsure }) => {
    const claims = lost.map((loss) => loss.claim);
    const names = formatForwards(claims);
    return {
      code,
      message: unsure
        ? `${formatChain(chain)} drops what comes in for ${names} (${reason(by, chain)}), but for what one of its own rules lets through`
        : `${formatChain(chain)} drops what comes in for ${names} (${reason(by, chain)})`,
      remedy: allowCommand(chain, claims),
      path: claim.forward.path,
    };
  });

function reason(by: string, chain: Chain): string {
  if (by !== chain.name) return `a rule of ${by}`;
  return chain.policy === 'drop' ? 'its policy is drop' : 'a rule of its own';
}
