// Writes docs/json.schema.json, the schema of what commands print with --json.
import { writeFileSync } from 'node:fs';
import { jsonSchema } from './documents.ts';

writeFileSync('docs/json.schema.json', `${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
