import { Failure } from '../../failure/failure.ts';
import type { Flow } from '../../flows/flow.ts';
import { binary } from '../process/binary.ts';
import type { run } from '../process/run.ts';
import { expectSuccess } from './failure.ts';
import { deletionOf } from './netlink.ts';

/** So many entries by one process, so that it can be stopped in between. */
const CHUNK = 5000;

/**
 * Deletes entries one by one, which conntrack(8) cannot do: it reads the whole table for each (docs/netfilter.md, fact 16).
 * Node has no netlink sockets, so Perl passes the messages on. Undefined if there is no Perl.
 */
export async function deleteEach(
  flows: readonly Flow[],
  isWanted: () => boolean,
  runTool: typeof run,
): Promise<number | undefined> {
  if (!hasPerl()) return undefined;
  let count = 0;
  for (let at = 0; at < flows.length && isWanted(); at += CHUNK) {
    const input = flows
      .slice(at, at + CHUNK)
      .map((flow) => `${deletionOf(flow)}\n`)
      .join('');
    const { stdout } = expectSuccess(await runTool('perl', ['-e', RELAY], { input }), 'perl');
    if (!/^\d+$/.test(stdout)) throw unreadable(stdout);
    count += Number(stdout);
  }
  return count;
}

const unreadable = (stdout: string): Failure =>
  new Failure(
    'tool-failed',
    'perl did not print how many entries it deleted',
    'the remaining connections keep their old target until they end',
    stdout.slice(0, 300),
  );

function hasPerl(): boolean {
  try {
    return binary('perl') !== '';
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

/** Sends each message and reads the answer: 0, or ENOENT for an entry that has ended by itself. Prints how many are gone. */
const RELAY = `
socket(my $kernel, 16, 3, 12) or die "socket: $!\\n";
my $gone = 0;
while (my $line = <STDIN>) {
  chomp $line;
  defined send($kernel, pack("H*", $line), 0) or die "send: $!\\n";
  defined recv($kernel, my $answer, 65536, 0) or die "recv: $!\\n";
  my (undef, $type, undef, undef, undef, $error) = unpack("L S S L L l", $answer);
  $type == 2 or die "the kernel gave an answer of type $type\\n";
  if ($error == 0) { $gone++ } elsif ($error != -2) { $! = -$error; die "$!\\n" }
}
print $gone;
`;
