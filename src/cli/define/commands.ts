import { Option, type Command } from 'commander';
import { confirmOption, forceOption, withChange, examples, withConfig, withJson, withState } from '../options.ts';
import { parseNumber } from './edit-commands.ts';

/** Each command's options and help; what it does is loaded when it is called. */
export const applyCommand = (program: Command): Command =>
  withChange(withState(withJson(withConfig(program.command('apply')))))
    .description('load the forwards into the kernel, all of them in one transaction')
    .argument('[file]', 'the file with the forwards')
    .addOption(
      new Option(
        '--adopt',
        'replace a table inet portfwd that portfwd did not make; a copy of it is kept in the state directory',
      ).conflicts('confirm'),
    )
    .addHelpText(
      'after',
      examples('portfwd apply', 'portfwd apply --dry-run ./forwards.yaml', 'portfwd apply --confirm 60'),
    );

export const confirmCommand = (program: Command): Command =>
  withState(withJson(program.command('confirm')))
    .description('keep what was loaded with --confirm; exit 6 when it has gone back already')
    .addHelpText('after', examples('portfwd confirm'));

export const rollbackCommand = (program: Command): Command =>
  withState(withJson(program.command('rollback')))
    .description('end what waits to be confirmed at once, or bring back an earlier generation, file and kernel')
    .argument('[generation]', 'as portfwd history numbers them (default: the one before the last)', parseNumber)
    .addOption(forceOption())
    .addOption(confirmOption())
    .addHelpText('after', examples('portfwd rollback', 'portfwd rollback 12 --confirm 60'));

export const historyCommand = (program: Command): Command =>
  withState(withJson(program.command('history')))
    .description('list the generations that were kept, oldest first')
    .addHelpText('after', examples('portfwd history', 'portfwd history --json'));

/** For what goes back when nobody confirms; of no use to people. */
export const settleCommand = (program: Command): Command => withState(program.command('settle', { hidden: true }));

export const checkCommand = (program: Command): Command =>
  withState(withJson(withConfig(program.command('check'))))
    .description('find what is wrong with the forwards, and let nft try them; needs no root, changes nothing')
    .argument('[file]', 'the file with the forwards')
    .addHelpText('after', examples('portfwd check ./forwards.yaml', 'portfwd check --json ./forwards.yaml'));

export const compileCommand = (program: Command): Command =>
  withJson(withConfig(program.command('compile')))
    .description('print the ruleset that the forwards become; reads nothing of this host unless told to')
    .argument('[file]', 'the file with the forwards')
    .addOption(
      new Option('--format <format>', 'libnftables-json, or native nft text').choices(['json', 'nft']).default('json'),
    )
    .option('-o, --output <path>', 'write to a file, whole or not at all')
    .option(
      '--host-facts <file|live>',
      'what is known of the host: a file that `portfwd facts` wrote, or this host as it is now',
    )
    .addHelpText(
      'after',
      examples('portfwd compile --format nft ./forwards.yaml', 'portfwd compile --host-facts live -o ruleset.json'),
    );

export const listCommand = (program: Command): Command =>
  withState(withJson(withConfig(program.command('list'))))
    .description('list the forwards and whether the kernel has each of them')
    .argument('[file]', 'the file with the forwards')
    .addHelpText('after', examples('portfwd list', 'portfwd list --json | jq .forwards'));

export const planCommand = (program: Command): Command =>
  withState(withJson(withConfig(program.command('plan'))))
    .description('tell what apply would change against the kernel, forward by forward; exit 1 when something would')
    .argument('[file]', 'the file with the forwards')
    .option('--enable-forwarding', 'as apply --enable-forwarding would')
    .addHelpText('after', examples('portfwd plan', 'portfwd plan --json ./forwards.yaml'));

export const statusCommand = (program: Command): Command =>
  withState(withJson(withConfig(program.command('status'))))
    .description(
      'tell whether the kernel holds what the file says, sysctls included, and what differs; exit 1 when something does',
    )
    .argument('[file]', 'the file with the forwards')
    .addHelpText('after', examples('portfwd status', 'portfwd status --json'));

export const downCommand = (program: Command): Command =>
  withState(withJson(program.command('down')))
    .description('take every forward out of the kernel; the file stays as it is')
    .option('--purge', 'and everything else that portfwd left on this host: what loads at boot, history, state')
    .addHelpText('after', examples('portfwd down', 'portfwd down --purge'));

export const enableCommand = (program: Command): Command =>
  withRoot(withState(withJson(withConfig(program.command('enable')))))
    .description('make the forwards come back at boot; proven first, together with the main file of nftables')
    .argument('[file]', 'the file with the forwards')
    .option('--print', 'show everything that would be written, and write nothing')
    .option('--enable-forwarding', 'as apply --enable-forwarding')
    .option('--host-facts <file|live>', 'with --root: what is known of the host that the tree is for')
    .addHelpText(
      'after',
      examples(
        'portfwd enable',
        'portfwd enable --print',
        'portfwd enable --root /mnt/image --host-facts gateway.json ./forwards.yaml',
      ),
    );

export const disableCommand = (program: Command): Command =>
  withRoot(withState(withJson(program.command('disable'))))
    .description('undo what enable wrote; what is loaded now stays')
    .addHelpText('after', examples('portfwd disable', 'portfwd disable --root /mnt/image'));

const withRoot = (command: Command): Command =>
  command.option('--root <dir>', 'the tree of another host, such as an image that is built; its state is in it');

export const explainCommand = (program: Command): Command =>
  withState(withJson(withConfig(program.command('explain'))))
    .description('tell what would become of a connection, rule by rule; sends nothing; exit 1 when no forward applies')
    .argument('[file]', 'the file with the forwards')
    .option('--from <address>', "who connects; left out, or an address of this host: the host's own connection")
    .requiredOption('--to <address:port>', 'where to')
    .addOption(new Option('--protocol <protocol>', 'of the connection').choices(['tcp', 'udp', 'sctp']).default('tcp'))
    .option('--interface <name>', 'where it comes in (default: where the sender is a neighbour)')
    .addHelpText(
      'after',
      examples(
        'portfwd explain --from 198.51.100.7 --to 203.0.113.1:6000',
        'portfwd explain --from 198.51.100.7 --to 203.0.113.1:53 --protocol udp --interface eth0',
        'portfwd explain --to 127.0.0.1:6000 ./forwards.yaml',
      ),
    );

export const factsCommand = (program: Command): Command =>
  program
    .command('facts')
    .description('print what portfwd has to know of this host, as JSON for compile --host-facts')
    .addHelpText(
      'after',
      examples('portfwd facts > gateway.json', 'portfwd compile --host-facts gateway.json ./forwards.yaml'),
    );
