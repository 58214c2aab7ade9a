import { setTimeout } from 'node:timers/promises';
import { syslog } from './process/syslog.ts';
import { readBootFacts } from './boot/facts.ts';
import { proveBoot } from './boot/proof.ts';
import { readBootRecord } from './boot/record.ts';
import { removeTree, stateOfTree } from './boot/remove.ts';
import { prepareTree } from './boot/install.ts';
import { inspectConfigFile, prepareConfigFile, readConfigFile, readConfigFileIfAny } from './files/config-file.ts';
import type { Prepared } from './files/durable-file.ts';
import {
  forgetGeneration,
  inspectHistory,
  listHistory,
  newestGeneration,
  readGeneration,
  recordGeneration,
} from './state/history.ts';
import { armReverter, disarmReverter } from './state/reverter.ts';
import { purgeState } from './state/purge.ts';
import { findRoot } from './files/root-path.ts';
import { systemTerminal, type Terminal } from './process/terminal.ts';
import { userName } from './process/user.ts';
import { closeWindow, justReverted, outcomeOf } from './state/outcomes.ts';
import { deadlineIn, locationOf, readWindow, secondsLeft, writeWindow } from './state/pending-change.ts';
import { forgetApplied, readApplied, writeApplied, type Applied } from './state/applied.ts';
import { systemConntrack, type Conntrack } from './conntrack/conntrack.ts';
import { runEditor } from './process/editor.ts';
import { egressInterface } from './observe/routes.ts';
import { readHostFacts, type HostFacts } from './observe/host-facts.ts';
import { withLock } from './state/lock.ts';
import { systemNft, type Nft } from './nft/nft.ts';
import { readObservations, type Interest, type Observations } from './observe/observations.ts';
import { isSameFile, writeOutputFile } from './files/output-file.ts';
import { privateCopy } from './files/private-copy.ts';
import { saveTable } from './state/state-file.ts';
import { inspectDirectory } from './state/paths.ts';
import { systemctl, systemdIsHere } from './process/systemd.ts';
import {
  inspectSysctl,
  SAVED_SYSCTLS_FILE,
  readSaved,
  readSysctl,
  thisNetwork,
  writeSaved,
  writeSysctl,
  type SavedSysctls,
} from './state/sysctl.ts';

/** The world as commands see it. Tests pass another one to provoke what a real one will not do. */
export interface Host {
  readonly nft: Nft;
  readonly sysctl: Sysctl;
  readonly conntrack: Conntrack;
  readonly applied: AppliedFile;
  readonly readConfigFile: (path: string) => Uint8Array;
  readonly readConfigFileIfAny: (path: string) => Uint8Array | undefined;
  /** Throws `config-unwritable`. */
  readonly prepareConfigFile: (path: string, content: Uint8Array) => Prepared;
  /** What would be refused of the files that a change writes; writes none. */
  readonly inspect: Inspection;
  readonly history: History;
  readonly boot: Boot;
  readonly pending: PendingChanges;
  readonly terminal: Terminal;
  readonly syslog: (line: string) => Promise<void>;
  /** Root, of whichever user namespace. */
  readonly isRoot: () => boolean;
  readonly userName: (env: Readonly<Record<string, string | undefined>>) => string;
  /** Milliseconds since 1970. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly privateCopy: typeof privateCopy;
  readonly runEditor: typeof runEditor;
  readonly saveTable: typeof saveTable;
  readonly purgeState: typeof purgeState;
  readonly writeOutputFile: (path: string, content: string) => void;
  readonly isSameFile: typeof isSameFile;
  readonly readHostFacts: (saved: SavedSysctls) => Promise<HostFacts>;
  readonly readObservations: (interest: Interest) => Promise<Observations>;
  readonly egressInterface: (address: string) => Promise<string | undefined>;
  readonly withLock: typeof withLock;
}

interface Sysctl {
  /** The name of the file that holds them. */
  readonly savedFile: string;
  readonly read: (path: string) => string | undefined;
  readonly write: (path: string, value: string) => void;
  readonly readSaved: (directory: string) => SavedSysctls;
  readonly writeSaved: (directory: string, values: SavedSysctls) => void;
}

interface Inspection {
  readonly directory: typeof inspectDirectory;
  readonly history: typeof inspectHistory;
  readonly configFile: typeof inspectConfigFile;
  readonly sysctl: typeof inspectSysctl;
}

interface AppliedFile {
  readonly read: (directory: string) => Applied | undefined;
  readonly write: (directory: string, applied: Applied) => void;
  readonly forget: (directory: string) => void;
}

interface History {
  readonly list: typeof listHistory;
  readonly newest: typeof newestGeneration;
  readonly read: typeof readGeneration;
  readonly record: typeof recordGeneration;
  readonly forget: typeof forgetGeneration;
}

interface Boot {
  /** Where a tree really is. */
  readonly findRoot: typeof findRoot;
  readonly readFacts: typeof readBootFacts;
  readonly prove: typeof proveBoot;
  readonly prepare: typeof prepareTree;
  readonly read: typeof readBootRecord;
  readonly state: typeof stateOfTree;
  readonly remove: typeof removeTree;
  readonly systemdIsHere: typeof systemdIsHere;
  readonly systemctl: typeof systemctl;
}

interface PendingChanges {
  readonly read: typeof readWindow;
  readonly write: typeof writeWindow;
  readonly close: typeof closeWindow;
  readonly outcomeOf: typeof outcomeOf;
  readonly justReverted: typeof justReverted;
  readonly locationOf: typeof locationOf;
  readonly secondsLeft: typeof secondsLeft;
  readonly deadlineIn: typeof deadlineIn;
  /** Names the boot and the network namespace. */
  readonly network: () => string;
  readonly arm: typeof armReverter;
  readonly disarm: typeof disarmReverter;
}

export const systemHost: Host = {
  nft: systemNft,
  sysctl: { savedFile: SAVED_SYSCTLS_FILE, read: readSysctl, write: writeSysctl, readSaved, writeSaved },
  conntrack: systemConntrack,
  applied: { read: readApplied, write: writeApplied, forget: forgetApplied },
  readConfigFile,
  readConfigFileIfAny,
  prepareConfigFile,
  inspect: {
    directory: inspectDirectory,
    history: inspectHistory,
    configFile: inspectConfigFile,
    sysctl: inspectSysctl,
  },
  history: {
    list: listHistory,
    newest: newestGeneration,
    read: readGeneration,
    record: recordGeneration,
    forget: forgetGeneration,
  },
  boot: {
    findRoot,
    readFacts: readBootFacts,
    prove: proveBoot,
    prepare: prepareTree,
    read: readBootRecord,
    state: stateOfTree,
    remove: removeTree,
    systemdIsHere,
    systemctl,
  },
  pending: {
    read: readWindow,
    write: writeWindow,
    close: closeWindow,
    outcomeOf,
    justReverted,
    locationOf,
    secondsLeft,
    deadlineIn,
    network: thisNetwork,
    arm: armReverter,
    disarm: disarmReverter,
  },
  terminal: systemTerminal,
  syslog,
  isRoot: () => process.geteuid?.() === 0,
  userName,
  sleep: setTimeout,
  privateCopy,
  runEditor,
  saveTable,
  purgeState,
  writeOutputFile,
  isSameFile,
  readHostFacts,
  readObservations,
  egressInterface,
  withLock,
};
