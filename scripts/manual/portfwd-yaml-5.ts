import { forwardKeys, rowOf } from '../../src/model/forward-keys.ts';
import { FILE_KEYS, LISTEN_FORMS, SHORTHAND_FORMS, TARGET_FORMS } from '../../src/parse/help/file-keys.ts';
import { MODEL_EXAMPLE, valuesOf } from '../../src/parse/help/model-help.ts';
import { bold, entry, italic, literal, page, section, subsection, text } from './roff.ts';

export const portfwdYaml5 = (version: string): string =>
  page('portfwd.yaml', 5, version, 'File Formats', [
    section('Name'),
    'portfwd.yaml \\- the forwards of portfwd',
    section('Description'),
    text(
      'The file has the forwards that portfwd(1) loads. It is /etc/portfwd/portfwd.yaml, unless another file is named.',
    ),
    text('It is YAML 1.2, or JSON, which is a subset of it. Unknown keys, duplicate keys and aliases are errors.'),
    section('Keys of the file'),
    ...Object.entries(FILE_KEYS).map(([key, row]) => entry(`${bold(key)}: ${italic(row.values)}`, required(row))),
    section('Keys of a forward'),
    ...forwardKeys.map((key) => entry(`${bold(key)}: ${italic(valuesOf(key))}`, required(rowOf(key)))),
    subsection('listen'),
    ...LISTEN_FORMS.map(([written, about]) => entry(bold(written), about)),
    subsection('target'),
    ...TARGET_FORMS.map(([written, about]) => entry(bold(written), about)),
    subsection('A forward as a string'),
    ...SHORTHAND_FORMS.map(([written, about]) => entry(bold(written), about)),
    section('Examples'),
    literal(MODEL_EXAMPLE),
    section('See also'),
    '.BR portfwd (1),\n.BR nft (8)',
  ]);

const required = ({ help, required: must }: { readonly help: string; readonly required?: true }): string =>
  `${help}${must === true ? ' (required)' : ''}`;
