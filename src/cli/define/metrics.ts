import { InvalidArgumentError, Option } from 'commander';
import type { Endpoint } from '../../host/serve/http-server.ts';
import { lengthOf } from '../../model/model.ts';
import { parseListenText } from '../../parse/endpoint.ts';
import { withConfig, withStateDirectory } from '../options.ts';
import { examples, type Definition } from './definition.ts';

export const metrics: Definition = {
  name: 'metrics',
  load: async () => (await import('../commands/measure/metrics.ts')).metrics,
  define: (command) =>
    withStateDirectory(
      withConfig(
        command
          .description(
            'print connections, packets and bytes of each forward, and whether the forwards work, in the text format of Prometheus',
          )
          .summary('print or serve counters and state for Prometheus')
          .addOption(
            new Option(
              '--textfile <path>',
              'replace this file in one step, for the textfile collector of node_exporter; its name ends in .prom',
            )
              .argParser(textfile)
              .conflicts('listen'),
          )
          .addOption(
            new Option(
              '--listen <[address:]port>',
              'serve http://ADDRESS:PORT/metrics until ended (default address: 127.0.0.1)',
            ).argParser(parseEndpoint),
          ),
      ),
    ).addHelpText(
      'after',
      examples(
        'portfwd metrics',
        'portfwd metrics --textfile /var/lib/prometheus/node-exporter/portfwd.prom',
        'portfwd metrics --listen 9555',
        'portfwd metrics --listen [fd00::1]:9555',
      ),
    ),
};

/** node_exporter reads no other files. */
function textfile(path: string): string {
  if (path.endsWith('.prom')) return path;
  throw new InvalidArgumentError('Its name must end in .prom, or node_exporter does not read it.');
}

function parseEndpoint(text: string): Endpoint {
  const parsed = parseListenText(text);
  if ('ok' in parsed) {
    const { family, address, interface: name, ports } = parsed.ok;
    const every = { ip: '0.0.0.0', ip6: '::' } as const;
    if (lengthOf(ports) === 1 && name === undefined && (family !== undefined || !text.includes(':')))
      return { address: address?.text ?? (family === undefined ? '127.0.0.1' : every[family]), port: ports.first };
  }
  throw new InvalidArgumentError('Write a port, or an address and a port: 9555, 10.0.0.1:9555 or 0.0.0.0:9555.');
}
