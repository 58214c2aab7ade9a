import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Lab } from '../lab/lab.ts';
import { signalProcess } from '../lab/processes.ts';
import { until } from '../lab/until.ts';

const ROOT = new URL('../../../', import.meta.url).pathname;
const ADDRESS = '127.0.0.1:9090';

/** Where prometheus and promtool are. scripts/setup has downloaded them. */
const directory = async (): Promise<string> => {
  const program = join(ROOT, 'scripts/get-package');
  const { stdout } = await execa(program, ['prometheus', 'usr/bin/prometheus', 'usr/bin/promtool']);
  return join(stdout, 'usr/bin');
};

interface Outcome {
  readonly exitCode: number | undefined;
  readonly all: string | undefined;
}

export async function promtool(args: readonly string[], input = ''): Promise<Outcome> {
  const { exitCode, all } = await execa(join(await directory(), 'promtool'), args, { input, reject: false, all: true });
  return { exitCode, all };
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
