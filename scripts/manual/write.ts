// Writes the manual pages into the directory that is the first argument; the second is the version.
import { writeFileSync } from 'node:fs';
import { portfwd1 } from './portfwd-1.ts';
import { portfwdYaml5 } from './portfwd-yaml-5.ts';

const [directory = '', version = ''] = process.argv.slice(2);
writeFileSync(`${directory}/portfwd.1`, portfwd1(version));
writeFileSync(`${directory}/portfwd.yaml.5`, portfwdYaml5(version));
