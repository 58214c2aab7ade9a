// Keeps words that a native administrator reads twice out of source, documents and help. Exit 1 if one is found.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A pattern, and what to write instead. */
const PLAIN = {
  'whoever|whomever|whosoever': 'name the subject: the client, the user, another program',
  whatever: '"any", "every", or name it',
  'somebody|anybody': '"a user", "another program", "someone"',
  'nobody|everybody': '"no client", "every user", "anyone"',
  'leads? (to|there|elsewhere|nowhere|outside|into|through)|led (to|astray)|astray':
    '"forwards to", "points to", "goes to"',
  '(?<!there )(is|are) no (?!longer|more)\\w+': '"is not a …", "are not …"',
  'for want of': '"because there is no …"',
  'in (\\w+ )?dress': '"IPv4-mapped address"',
  '(stands?|standing|stood) (for|in|at|there|behind|beside|under|with|by|above|below|before)': '"is", "means", "is in"',
  'mend(s|ed|ing)?': '"fix"',
  'cures?': '"fix"',
  anew: '"again"',
  'in vain': '"without an answer", "without success"',
  'all the same': '"anyway"',
  "one's own|oneself": '"its own", "your own"',
  'way back': '"rollback", "return path"',
  '(go|goes|went|gone) back': '"revert"',
  'nothing but|none but|no other than': '"only"',
  'but for': '"except"',
  'of use': '"useful"',
  'another than|others than': '"a different …", "… except …"',
  'neighbou?rhood|hoods?': '"reply path", "subnet"',
  nameless: '"anonymous"',
  needy: '"requiring"',
  'rehears(e|es|ed|al)': '"dry run"',
  'furnish(es|ed)?': '"set up"',
  'says? no|the world': '"fails", "the system"',
};

const PLACES = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'docs', 'src', 'test', 'scripts', 'rulesets'];

const ROOT = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..');
const found = PLACES.flatMap(filesIn).flatMap(wordsIn);
for (const line of found) console.error(line);
process.exitCode = found.length > 0 ? 1 : 0;

function filesIn(place) {
  if (!statSync(join(ROOT, place)).isDirectory()) return [place];
  return readdirSync(join(ROOT, place), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(ROOT.length + 1));
}

function wordsIn(path) {
  if (path === 'scripts/words.mjs') return [];
  const text = readFileSync(join(ROOT, path), 'utf8');
  return Object.entries(PLAIN).flatMap(([words, plain]) =>
    // A phrase may go on in the next line of a comment.
    [...text.matchAll(new RegExp(`\\b(?:${words.replaceAll(' ', '[\\s*/#]+')})\\b`, 'gi'))].map(
      ({ 0: word, index }) => `${path}:${text.slice(0, index).split('\n').length}: "${word}"; write ${plain}`,
    ),
  );
}
