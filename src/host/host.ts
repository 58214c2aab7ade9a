import { setTimeout } from 'node:timers/promises';
import { isEnabledElsewhere, writeEnabledIn } from './boot/enabled-in.ts';
import { moveToRoot } from './boot/file-state.ts';
import { readBootFacts } from './boot/facts.ts';
import { removeGuardUnit, writeGuardUnit } from './boot/guard-unit.ts';
import { inspectTree, prepareTree } from './boot/install.ts';
import { proveBoot } from './boot/proof.ts';
import { readBootRecord } from './boot/record.ts';
import { removeTree, stateOfTree } from './boot/remove.ts';
import { systemConntrack } from './conntrack/conntrack.ts';
import { isSameFile, writeOutputFile } from './files/output-file.ts';
import { createConfigFile, installedSchema, SCHEMA_FILE } from './files/create-config-file.ts';
import { writeTextfile } from './files/textfile.ts';
import { readConfigFile, readConfigFileIfAny } from './files/read-config-file.ts';
import { partNames, readModelFiles, readModelFilesIfAny, readModelFilesToEdit } from './files/read-model-files.ts';
import { prepareModelFiles } from './files/write-model-files.ts';
import { readStandardInput } from './files/read-standard-input.ts';
import { findRoot } from './files/root-path.ts';
import { removeUnfinished } from './files/durable-file.ts';
import { freeName, inspectConfigFile, isThere } from './files/write-config-file.ts';
import { systemNft } from './nft/nft.ts';
import { readForwarding } from './observe/forwarding.ts';
import { hasVrrp } from './observe/failover.ts';
import { readHostFacts } from './observe/host-facts.ts';
import { readMainTable } from './observe/routing/main-routes.ts';
import { readLinks } from './observe/links.ts';
import { readCountedTables, readMarkingTables, readRoutingTables } from './observe/nft-tables.ts';
import { readNeighbours } from './observe/neighbours.ts';
import { readObservations } from './observe/observations.ts';
import { probeTargets } from './observe/probe.ts';
import { readRefusingRoutes } from './observe/routing/refusing-routes.ts';
import { readRoutingMarks } from './observe/routing/routing-marks.ts';
import { routesAround } from './observe/routing/routes-around.ts';
import { routeLookups } from './observe/routing/route-lookups.ts';
import { privateCopy, runEditor } from './process/editor.ts';
import { onInterrupt } from './process/interrupt.ts';
import { syslog } from './process/syslog.ts';
import { openrcIsHere, startService } from './process/openrc.ts';
import { isActive, systemctl, systemdIsHere } from './process/systemd.ts';
import { systemTerminal } from './process/terminal.ts';
import { userName } from './process/user.ts';
import { forgetApplied, readApplied, writeApplied } from './state/applied.ts';
import { forgetToldNotes, readToldNotes, writeToldNotes } from './state/told-notes.ts';
import * as counters from './state/counters.ts';
import * as history from './state/history.ts';
import { withLock } from './state/lock.ts';
import { thisNetwork } from './state/network.ts';
import { closePending, justReverted, justRevertedModel, outcomeOf } from './state/outcomes.ts';
import { requireDirectories } from './state/directory/obstacle.ts';
import { inspectDirectory } from './state/directory/state-directory.ts';
import { deadlineIn, locationOf, secondsLeft } from './state/pending-change.ts';
import { readPending, writePending } from './state/pending-file.ts';
import { damagedState } from './state/damaged.ts';
import { isStateDirectory } from './state/own-files.ts';
import { purgeState, removeLocks } from './state/purge.ts';
import { callOffRollback } from './rollback/call-off.ts';
import { armRollbackTimer, disarmRollbackTimer, isInRollback, moveDeadline } from './rollback/timer.ts';
import { serve } from './serve/http-server.ts';
import { saveTable } from './state/state-file.ts';
import { mayHaveSaved, readSaved, SAVED_SYSCTLS_FILE, writeSaved } from './state/saved-sysctls.ts';
import * as sysctl from './state/sysctl.ts';
import { earlyChains } from './trace/early-chains.ts';
import { ruleText } from './trace/rule-text.ts';
import { monotonic, newTableName, startTrace } from './trace/trace.ts';
import { hasIpv6 } from './tryout/has-ipv6.ts';
import { tryInNamespaces } from './tryout/try-in-namespaces.ts';

/** Everything that portfwd reads from this host and does to it. Tests pass an object that replaces parts of it. */
export const systemHost = {
  nft: systemNft,
  conntrack: systemConntrack,
  sysctl: {
    savedFile: SAVED_SYSCTLS_FILE,
    read: sysctl.readSysctl,
    interfaces: sysctl.readInterfaces,
    write: sysctl.writeSysctl,
    readSaved,
    mayHaveSaved,
    writeSaved,
  },
  applied: { read: readApplied, write: writeApplied, forget: forgetApplied },
  counters: {
    read: counters.readLedger,
    write: counters.writeLedger,
    saved: counters.savedListings,
    removeSaved: counters.removeListings,
  },
  toldNotes: { read: readToldNotes, write: writeToldNotes, forget: forgetToldNotes },
  readConfigFile,
  readConfigFileIfAny,
  readStandardInput,
  readModelFiles,
  readModelFilesIfAny,
  readModelFilesToEdit,
  partNames,
  prepareModelFiles,
  freeName,
  isThere,
  removeUnfinished,
  /** Each fails as the change itself would, and changes nothing. */
  inspect: {
    directories: requireDirectories,
    directory: inspectDirectory,
    history: history.inspectHistory,
    configFile: inspectConfigFile,
    sysctl: sysctl.inspectSysctl,
  },
  history: {
    require: history.requireHistory,
    list: history.listHistory,
    readAll: history.readHistory,
    newest: history.newestGeneration,
    read: history.readGeneration,
    record: history.recordGeneration,
    forget: history.forgetGeneration,
  },
  boot: {
    findRoot,
    readFacts: readBootFacts,
    prove: proveBoot,
    inspect: inspectTree,
    prepare: prepareTree,
    read: readBootRecord,
    writeEnabledIn,
    isEnabledElsewhere,
    state: stateOfTree,
    remove: removeTree,
    moveToRoot,
    systemdIsHere,
    openrcIsHere,
    startService,
    systemctl,
    isActive,
    writeGuardUnit,
    removeGuardUnit,
  },
  pending: {
    read: readPending,
    write: writePending,
    close: closePending,
    outcomeOf,
    justReverted,
    justRevertedModel,
    locationOf,
    secondsLeft,
    deadlineIn,
    network: thisNetwork,
    arm: armRollbackTimer,
    moveDeadline,
    disarm: disarmRollbackTimer,
    callOff: callOffRollback,
    isInRollback,
  },
  terminal: systemTerminal,
  onInterrupt,
  trace: { newTableName, start: startTrace, now: monotonic, ruleText, earlyChains },
  syslog,
  /** Root of the user namespace that this process is in. */
  isRoot: (): boolean => process.geteuid?.() === 0,
  userName,
  /** Milliseconds since this process began. */
  elapsed: (): number => performance.now(),
  sleep: async (milliseconds: number): Promise<void> => setTimeout(milliseconds),
  privateCopy,
  runEditor,
  saveTable,
  purgeState,
  removeLocks,
  isStateDirectory,
  damagedState,
  writeOutputFile,
  createConfigFile,
  schema: { file: SCHEMA_FILE, installed: installedSchema },
  writeTextfile,
  serve,
  isSameFile,
  readHostFacts,
  readForwarding,
  readCountedTables,
  readMarkingTables,
  readRoutingTables,
  readMainTable,
  readLinks,
  readNeighbours,
  readRefusingRoutes,
  hasVrrp,
  probeTargets,
  readObservations,
  routeLookups,
  routesAround,
  readRoutingMarks,
  hasIpv6,
  tryInNamespaces,
  withLock,
};

export type Host = typeof systemHost;
