import type { Command } from 'commander';
import * as define from './edit-command-line.ts';
import type { ExitCode } from './exit-code.ts';
import type { World } from './world.ts';

/** What changes the file, and what tells how it changed. */
export function defineEdits(program: Command, ends: (run: Promise<ExitCode>) => Promise<void>, world: World): void {
  define
    .addCommand(program)
    .action(async (listen, target, options) =>
      ends(import('./add.ts').then(({ add }) => add(listen, target, options, world))),
    );
  define
    .removeCommand(program)
    .action(async (words, options) => ends(import('./remove.ts').then(({ remove }) => remove(words, options, world))));
  define
    .setCommand(program)
    .action(async (word, changes, options) =>
      ends(import('./set.ts').then(({ set }) => set(word, changes, options, world))),
    );
  define
    .editCommand(program)
    .action(async (options) => ends(import('./edit.ts').then(({ edit }) => edit(options, world))));
  define
    .diffCommand(program)
    .action(async (from, to, options) => ends(import('./diff.ts').then(({ diff }) => diff(from, to, options, world))));
}
