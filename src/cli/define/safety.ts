import { InvalidArgumentError } from 'commander';
import { confirmOption, detachOption, forceOption, withState } from '../options.ts';
import { examples, type Definition, type Group } from './definition.ts';

const confirm: Definition = {
  name: 'confirm',
  load: async () => (await import('../commands/confirm.ts')).confirm,
  define: (command) =>
    withState(
      command
        .description('keep a change that was applied with --confirm; exit 6 if it was already reverted')
        .summary('keep a change that was applied with --confirm'),
    ).addHelpText('after', examples('portfwd confirm')),
};

const rollback: Definition = {
  name: 'rollback',
  load: async () => (await import('../commands/rollback.ts')).rollback,
  define: (command) =>
    withState(
      command
        .description('revert the pending change now, or restore an earlier generation (file and kernel)')
        .summary('revert the pending change now, or restore an earlier generation')
        .argument('[generation]', 'number in portfwd history (default: the last but one)', parseGeneration)
        .addOption(forceOption())
        .addOption(confirmOption())
        .addOption(detachOption()),
    ).addHelpText('after', examples('portfwd rollback', 'portfwd rollback 12 --confirm 60')),
};

const history: Definition = {
  name: 'history',
  load: async () => (await import('../commands/history.ts')).history,
  define: (command) =>
    withState(command.description('list the saved generations, oldest first')).addHelpText(
      'after',
      examples('portfwd history', 'portfwd history --json'),
    ),
};

/** The rollback timer runs it. */
const revertExpired: Definition = {
  name: 'revert-expired',
  hidden: true,
  load: async () => (await import('../commands/revert-expired.ts')).revertExpired,
  define: withState,
};

/** The .deb runs it before its removal: afterwards nothing could confirm the change, and its timer would load forwards again. */
const revertPending: Definition = {
  name: 'revert-pending',
  hidden: true,
  load: async () => (await import('../commands/revert-pending.ts')).revertPendingNow,
  define: withState,
};

export const safety: Group = {
  title: 'Confirm or undo a change:',
  commands: [confirm, rollback, history, revertExpired, revertPending],
};

export function parseGeneration(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write the number of a generation.');
}
