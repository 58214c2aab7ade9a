import { EXIT, type ExitCode } from '../../report/exit-code.ts';
import type { Session } from '../session.ts';

/** What every command does first, and nothing else: reverts an expired change. Exit 1 while one is pending. */
export async function revertExpired(_: unknown, { host, state }: Session): Promise<ExitCode> {
  return host.pending.read(state.stateDir) === undefined ? EXIT.ok : EXIT.findings;
}
