import type { Family } from './families.ts';

/** The media type of the text. */
export const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

/** The text format of Prometheus. A metric without samples is left out. */
export const formatFamilies = (families: readonly Family[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .flatMap(({ name, type, help, samples }) => [
      `# HELP ${name} ${escape(help)}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(({ labels, value }) => `${name}${formatLabels(labels)} ${value}`),
    ])
    .map((line) => `${line}\n`)
    .join('');

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escape = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
