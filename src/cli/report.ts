import type { Report } from '../apply/context.ts';
import { escapeControls } from '../finding/quote.ts';
import { formatHolder } from '../host/state/lock-holder.ts';
import { TABLE } from '../lower/lower.ts';
import { routingStaysText } from './format/routing-stays.ts';
import { formatFailure } from '../report/failure.ts';

/** Prints a message as JSON or as lines for people. */
export type Say = (json: object, text: () => string) => void;

/** Prints what comes up while a command is under way. */
export function reportOf(say: Say, json: boolean): Report {
  const line = (text: string): void => say({ messages: text.split('\n') }, () => text);
  return {
    problem: (failure) => line(formatFailure(failure, 'warning')),
    flowsNotEnded: (failure, names) =>
      line(
        escapeControls(
          `portfwd: warning: connections that began earlier may go on as before: ${someOf(names)}; ${failure.message}; ${failure.remedy} [${failure.reason}]`,
        ),
      ),
    bootWarning: (warning) => line(escapeControls(`portfwd: boot: ${warning}`)),
    tableSaved: (saved) =>
      say({ adopted: saved }, () =>
        escapeControls(
          `portfwd: note: the table ${TABLE.family} ${TABLE.name} with ${saved.objects} ${saved.objects === 1 ? 'object' : 'objects'} was replaced; ${saved.path} is a copy of it`,
        ),
      ),
    fileKept: (file, kept) =>
      line(escapeControls(`portfwd: note: ${file} had changes that were never loaded; that version is now ${kept}`)),
    opened: (sysctls, watched) => line(escapeControls(`portfwd: note: ${openedText(sysctls, watched)}`)),
    routingStays: (stays) => line(escapeControls(`portfwd: note: ${routingStaysText(stays)}`)),
    recovered: (sysctls) =>
      line(
        escapeControls(
          `portfwd: note: the state has no record of ${sysctls.join(', ')}; the guard in the kernel shows that portfwd turned ${sysctls.length === 1 ? 'it' : 'them'} on, so ${sysctls.length === 1 ? 'it counts' : 'they count'} as off before that`,
        ),
      ),
    waitingFor: (holder) => {
      if (!json) line(escapeControls(`portfwd: waiting for ${formatHolder(holder)}`));
    },
  };
}

function openedText(sysctls: readonly string[], watched: boolean): string {
  const [are, they, stay, them] = sysctls.length === 1 ? ['is', 'it', 'stays', 'it'] : ['are', 'they', 'stay', 'them'];
  const begin = `${sysctls.join(' and ')} ${are} on behind a guard chain; if`;
  return watched
    ? `${begin} nftables.service restarts, ${are === 'is' ? 'it goes' : 'they go'} off and the forwards are gone; portfwd enable loads them again then`
    : `${begin} another program flushes the ruleset, the guard is gone and ${they} ${stay} on; portfwd down turns ${them} off`;
}

const MOST_NAMES = 20;

function someOf(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${names.slice(0, MOST_NAMES).join(', ')}${more}`;
}
