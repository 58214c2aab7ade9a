import { readConfigFile } from './config-file.ts';
import { readHostFacts, type HostFacts } from './facts.ts';
import { withLock } from './lock.ts';
import { systemNft, type Nft } from './nft.ts';
import { writeOutputFile } from './output-file.ts';

/** The world as commands see it. Tests pass another one to provoke what a real one will not do. */
export interface Host {
  readonly nft: Nft;
  readonly readConfigFile: (path: string) => Uint8Array;
  readonly writeOutputFile: (path: string, content: string) => void;
  readonly readHostFacts: () => Promise<HostFacts>;
  readonly withLock: <T>(directory: string, work: () => Promise<T>) => Promise<T>;
}

export const systemHost: Host = { nft: systemNft, readConfigFile, writeOutputFile, readHostFacts, withLock };
