import type { Finding } from '../finding/finding.ts';
import type { Forward } from '../model/model.ts';

const NONE: readonly Finding[] = [];

/** Only TCP announces a maximum segment size. */
export const checkMss = ({ mss, protocols, path }: Forward): readonly Finding[] =>
  mss === 'keep' || protocols.includes('tcp')
    ? NONE
    : [
        {
          code: 'forward/mss',
          message: `mss: clamp works for TCP only, and the forward has protocol ${protocols.join(' and ')}`,
          remedy: 'remove mss: clamp, or add tcp to protocol',
          path: [...path, 'mss'],
        },
      ];
