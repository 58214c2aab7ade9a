import { forgetApplied, readApplied, writeApplied, type Applied } from './applied.ts';
import { readConfigFile } from './config-file.ts';
import { systemConntrack, type Conntrack } from './conntrack.ts';
import { egressInterface } from './egress.ts';
import { readHostFacts, type HostFacts } from './facts.ts';
import { withLock } from './lock.ts';
import { systemNft, type Nft } from './nft.ts';
import { readObservations, type Interest, type Observations } from './observations.ts';
import { writeOutputFile } from './output-file.ts';
import { readRemembered, readSysctl, writeRemembered, writeSysctl, type Remembered } from './sysctl.ts';

/** The world as commands see it. Tests pass another one to provoke what a real one will not do. */
export interface Host {
  readonly nft: Nft;
  readonly sysctl: Sysctl;
  readonly conntrack: Conntrack;
  readonly applied: AppliedFile;
  readonly readConfigFile: (path: string) => Uint8Array;
  readonly writeOutputFile: (path: string, content: string) => void;
  readonly readHostFacts: (remembered: Remembered) => Promise<HostFacts>;
  readonly readObservations: (interest: Interest) => Promise<Observations>;
  readonly egressInterface: (address: string) => Promise<string | undefined>;
  readonly withLock: <T>(directory: string, work: () => Promise<T>) => Promise<T>;
}

interface Sysctl {
  readonly read: (path: string) => string | undefined;
  readonly write: (path: string, value: string) => void;
  readonly readRemembered: (directory: string) => Remembered;
  readonly writeRemembered: (directory: string, values: Remembered) => void;
}

interface AppliedFile {
  readonly read: (directory: string) => Applied | undefined;
  readonly write: (directory: string, applied: Applied) => void;
  readonly forget: (directory: string) => void;
}

export const systemHost: Host = {
  nft: systemNft,
  sysctl: { read: readSysctl, write: writeSysctl, readRemembered, writeRemembered },
  conntrack: systemConntrack,
  applied: { read: readApplied, write: writeApplied, forget: forgetApplied },
  readConfigFile,
  writeOutputFile,
  readHostFacts,
  readObservations,
  egressInterface,
  withLock,
};
