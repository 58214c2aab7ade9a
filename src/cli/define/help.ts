import { Argument } from 'commander';
import { examples, type Definition, type Group } from './definition.ts';

const completion: Definition = {
  name: 'completion',
  stateless: true,
  load: async () => (await import('../commands/help/completion.ts')).completion,
  define: (command) =>
    command
      .description(
        'print a script with which the shell completes commands, options, forwards and keys on Tab; the packages install it',
      )
      .summary('print a script for completion in the shell')
      .addArgument(new Argument('<shell>', 'the shell that runs the script').choices(['bash', 'zsh', 'fish']))
      .addHelpText(
        'after',
        examples(
          'portfwd completion fish | source          # in ~/.config/fish/config.fish',
          'source <(portfwd completion bash)         # in ~/.bashrc',
          'source <(portfwd completion zsh)          # in ~/.zshrc, after compinit',
        ),
      ),
};

/** The scripts of `completion` run it. */
const complete: Definition = {
  name: 'complete',
  hidden: true,
  stateless: true,
  load: async () => (await import('../commands/help/complete.ts')).complete,
  define: (command) =>
    command.description('print what the last of these words can become').argument('[word...]', 'words of a command'),
};

const schema: Definition = {
  name: 'schema',
  stateless: true,
  load: async () => (await import('../commands/help/schema.ts')).schema,
  define: (command) =>
    command
      .description(
        'print the JSON Schema of the file, with which an editor completes keys and shows errors; portfwd init names it in the first line of the file',
      )
      .summary('print the JSON Schema of the file, for editors')
      .addHelpText('after', examples('portfwd schema', 'portfwd schema > portfwd.schema.json')),
};

export const help: Group = { title: 'Help:', commands: [completion, complete, schema] };
