import { InvalidArgumentError, Option } from 'commander';
import { protocolsMeantBy } from '../../parse/spelling/protocols.ts';
import { FILE, FILE_OR_STDIN, withConfig, withFile, withJson, withState } from '../options.ts';
import { examples, type Definition, type Group } from './definition.ts';
import { doctor } from './doctor.ts';
import { stats, top } from './measure.ts';
import { metrics } from './metrics.ts';
import { parseGeneration } from './safety.ts';
import { trace } from './trace.ts';
import { tryDefinition } from './try.ts';

const list: Definition = {
  name: 'list',
  load: async () => (await import('../commands/list.ts')).list,
  define: (command) =>
    withFile(
      command
        .description('list the forwards, and whether the kernel holds each of them')
        .argument('[file|forward]', `${FILE}, or the name or listen of one forward`),
    ).addHelpText('after', examples('portfwd list', 'portfwd list web', 'portfwd list --json | jq .forwards')),
};

const status: Definition = {
  name: 'status',
  load: async () => (await import('../commands/status.ts')).status,
  define: (command) =>
    withFile(
      command
        .description('compare kernel and sysctls with the file; exit 1 if they differ')
        .argument('[file]', FILE)
        .option(
          '--expect <digest>',
          'exit 1 also if the file has another digest; its first 12 characters are enough',
          parseDigest,
        ),
    ).addHelpText('after', examples('portfwd status', 'portfwd status --json', 'portfwd status --expect 5f0c1b7a93de')),
};

function parseDigest(text: string): string {
  if (/^[0-9a-f]{12,64}$/.test(text)) return text;
  throw new InvalidArgumentError('Write 12 to 64 characters of a digest, as status --json prints it.');
}

const plan: Definition = {
  name: 'plan',
  load: async () => (await import('../commands/plan.ts')).plan,
  define: (command) =>
    withFile(
      command
        .description('show what apply would change; exit 1 if anything would change, 7 if the file has errors')
        .summary('show what apply would change')
        .argument('[file]', FILE_OR_STDIN)
        .option('--enable-forwarding', 'plan for apply --enable-forwarding'),
    ).addHelpText('after', examples('portfwd plan', 'portfwd plan --json ./forwards.yaml')),
};

const check: Definition = {
  name: 'check',
  load: async () => (await import('../commands/check.ts')).checkModel,
  define: (command) =>
    withFile(
      command
        .description('check the file, and test the ruleset with nft; changes nothing, needs no root')
        .summary('check the file, and test the ruleset with nft; needs no root')
        .argument('[file]', FILE_OR_STDIN),
    ).addHelpText(
      'after',
      examples(
        'portfwd check ./forwards.yaml',
        'generate-forwards | portfwd check -',
        'portfwd check --json ./forwards.yaml',
      ),
    ),
};

const compile: Definition = {
  name: 'compile',
  load: async () => (await import('../commands/compile.ts')).compile,
  define: (command) =>
    withJson(
      withConfig(
        command
          .description('print the ruleset of the forwards; reads nothing of this host unless --host-facts says so')
          .summary('print the ruleset of the forwards')
          .argument('[file]', FILE_OR_STDIN)
          .addOption(
            new Option('--format <format>', 'libnftables-json, or native nft text')
              .choices(['json', 'nft'])
              .default('json'),
          )
          .option('-o, --output <path>', 'write to a file, completely or not at all')
          .option(
            '--host-facts <file|live>',
            'addresses and routes of the host: a file that portfwd facts wrote, or live for this host',
          ),
      ),
    ).addHelpText(
      'after',
      examples('portfwd compile --format nft ./forwards.yaml', 'portfwd compile --host-facts live -o ruleset.json'),
    ),
};

const diff: Definition = {
  name: 'diff',
  load: async () => (await import('../commands/diff.ts')).diff,
  define: (command) =>
    withState(
      command
        .description('compare two saved generations; exit 1 if the forwards differ')
        .argument('[from]', 'number in portfwd history (default: the last but one)', parseGeneration)
        .argument('[to]', 'number in portfwd history (default: the newest)', parseGeneration),
    ).addHelpText('after', examples('portfwd diff', 'portfwd diff 12', 'portfwd diff 3 7 --json')),
};

const explain: Definition = {
  name: 'explain',
  load: async () => (await import('../commands/diagnose/explain.ts')).explain,
  define: (command) =>
    withFile(
      command
        .description(
          'show what would happen to a connection, rule by rule; sends nothing; exit 1 if no forward applies',
        )
        .summary('show what would happen to a connection, rule by rule')
        .argument('[file]', FILE)
        .option('--from <address>', 'client address (default: a connection from this host)')
        .requiredOption('--to <address:port>', 'destination of the connection')
        .addOption(
          new Option('--protocol <protocol>', 'protocol of the connection: tcp, udp or sctp')
            .argParser(parseProtocol)
            .default('tcp'),
        )
        .option('--interface <name>', 'interface that it arrives on (default: by the route to the client)')
        .option('--mark <number>', 'packet mark when it is routed (default: what the rules of this host set)'),
    ).addHelpText(
      'after',
      examples(
        'portfwd explain --from 198.51.100.7 --to 203.0.113.1:6000',
        'portfwd explain --to 127.0.0.1:6000 ./forwards.yaml',
        'portfwd explain --from 198.51.100.7 --to 203.0.113.1:53 --protocol udp',
        'portfwd explain --from 198.51.100.7 --to 203.0.113.1:6000 --mark 0x7',
      ),
    ),
};

function parseProtocol(text: string): string {
  const protocols = protocolsMeantBy(text) ?? [];
  const [protocol] = protocols;
  if (protocol !== undefined && protocols.length === 1) return protocol;
  throw new InvalidArgumentError('Write tcp, udp or sctp; a connection has one protocol.');
}

const graph: Definition = {
  name: 'graph',
  load: async () => (await import('../commands/graph.ts')).graph,
  define: (command) =>
    withJson(
      withConfig(
        command
          .description(
            'print a picture of the way of packets: clients, hooks, forwards, masquerading and targets; reads nothing of this host unless --host-facts says so',
          )
          .summary('print a picture of the way of packets')
          .argument('[forward]', 'name or listen of one forward (default: all that are switched on)')
          .addOption(
            new Option('--format <format>', 'Mermaid, as GitHub draws it; DOT for Graphviz; or SVG')
              .choices(['mermaid', 'dot', 'svg'])
              .default('mermaid'),
          )
          .option(
            '--host-facts <file|live>',
            'as for compile: with it, the picture shows which targets are on this host',
          ),
      ),
    ).addHelpText(
      'after',
      examples(
        'portfwd graph',
        'portfwd graph web --format svg > web.svg',
        'portfwd graph --format dot --host-facts live | dot -Tpng > forwards.png',
      ),
    ),
};

const facts: Definition = {
  name: 'facts',
  load: async () => (await import('../commands/facts.ts')).facts,
  define: (command) =>
    withConfig(
      command
        .argument('[file]', `${FILE}: the kernel is asked for the routes to their targets`)
        .description('print addresses and routes of this host as JSON, for compile --host-facts')
        .summary('print addresses and routes of this host as JSON'),
    ).addHelpText(
      'after',
      examples('portfwd facts > gateway.json', 'portfwd compile --host-facts gateway.json ./forwards.yaml'),
    ),
};

export const inspect: Group = {
  title: 'Inspect:',
  commands: [
    list,
    status,
    doctor,
    stats,
    top,
    metrics,
    plan,
    check,
    compile,
    diff,
    explain,
    trace,
    tryDefinition,
    graph,
    facts,
  ],
};
