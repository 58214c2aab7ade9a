import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Lab } from '../lab/lab.ts';
import { signalProcess } from '../lab/processes.ts';
import { until } from '../lab/until.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const ADDRESS = '127.0.0.1:9090';

/** Where the programs of a package are. scripts/setup has downloaded it. */
const directory = async (name = 'prometheus', ...programs: readonly string[]): Promise<string> => {
  const paths = (programs.length === 0 ? ['prometheus', 'promtool'] : programs).map((program) => `usr/bin/${program}`);
  const { stdout } = await execa(join(ROOT, 'scripts/get-package'), [name, ...paths]);
  return join(stdout, 'usr/bin');
};

const DASHBOARD = new URL('../../../docs/monitoring/dashboard.json', import.meta.url).pathname;

/** The expressions of the dashboard, and those of its variables, which are for all hosts and forwards. */
export const expressions = (): readonly string[] =>
  [...readFileSync(DASHBOARD, 'utf8').matchAll(/"(?:expr|query)": ("(?:[^"\\]|\\.)*")/g)]
    .map(([, text = '""']) => JSON.parse(text) as string)
    .filter((text) => text.includes('portfwd_'))
    .map((text) => /^label_values\((.*), \w+\)$/.exec(text)?.[1] ?? text)
    .map((text) => text.replaceAll('$__rate_interval', '1m').replaceAll(/\$(?:instance|forward)/g, '.*'));

interface Outcome {
  readonly exitCode: number | undefined;
  readonly all: string | undefined;
}

export async function promtool(args: readonly string[], input = ''): Promise<Outcome> {
  const { exitCode, all } = await execa(join(await directory(), 'promtool'), args, { input, reject: false, all: true });
  return { exitCode, all };
}

/** What node_exporter serves for a directory of its textfile collector. */
export async function nodeExporterReads({ sh }: Pick<Lab, 'sh'>, files: string): Promise<string> {
  const name = 'prometheus-node-exporter';
  const program = join(await directory(name, name), name);
  const options = `--collector.disable-defaults --collector.textfile --collector.textfile.directory=${files}`;
  return sh(
    'host',
    `${program} ${options} --web.listen-address=127.0.0.1:9100 2>/dev/null &
     trap "kill $!" EXIT
     curl -sS --retry 100 --retry-connrefused --retry-delay 1 http://127.0.0.1:9100/metrics`,
  );
}

/** The values of an expression, by the label `forward`, or by an empty name. */
export type Values = Readonly<Record<string, number>>;

export interface Prometheus {
  readonly query: (expression: string) => Promise<Values>;
  readonly stop: () => Promise<void>;
}

/** On the host of the lab, with a storage of its own. It scrapes this address every two seconds. */
export async function startPrometheus({ sh }: Pick<Lab, 'sh'>, target: string): Promise<Prometheus> {
  const scratch = mkdtempSync(join(tmpdir(), 'portfwd-prometheus-'));
  const config = join(scratch, 'prometheus.yml');
  const scrape = { job_name: 'portfwd', scrape_interval: '2s', static_configs: [{ targets: [target] }] };
  writeFileSync(config, JSON.stringify({ scrape_configs: [{ ...scrape, scrape_timeout: '2s' }] }));
  const child = execa(
    'ip',
    [
      'netns',
      'exec',
      'host',
      join(await directory(), 'prometheus'),
      `--config.file=${config}`,
      `--storage.tsdb.path=${scratch}/data`,
      `--web.listen-address=${ADDRESS}`,
    ],
    { reject: false, all: true },
  );
  let output = '';
  child.all.on('data', (chunk) => (output += String(chunk)));
  await until('Prometheus is ready', () => {
    if (child.exitCode !== null) throw new Error(output);
    return output.includes('Server is ready');
  });
  return {
    query: async (expression) =>
      valuesOf(await sh('host', `curl -sS --data-urlencode query='${expression}' http://${ADDRESS}/api/v1/query`)),
    stop: async () => {
      signalProcess(child.pid ?? 0, 'SIGTERM');
      await child;
      rmSync(scratch, { recursive: true });
    },
  };
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly unknown[];
    }[];
  };
}

function valuesOf(text: string): Values {
  const { status, error, data } = JSON.parse(text) as Answer;
  if (status !== 'success') throw new Error(error);
  return Object.fromEntries(data.result.map(({ metric, value }) => [metric['forward'] ?? '', Number(value[1])]));
}
