import { quote } from './quote.ts';

/** The place in the model that a finding or a generated element comes from: `['forwards', 0, 'listen']`. */
export type ModelPath = readonly (string | number)[];

export type Severity = 'error' | 'warning' | 'note';

/** All findings and their severities. A code is public: it is documented, tested and never reused. */
export const FINDINGS = {
  'file/too-large': 'error',
  'file/encoding': 'error',
  'file/syntax': 'error',
  'file/depth': 'error',
  'file/alias': 'error',
  'file/anchor': 'error',
  'file/directive': 'error',
  'file/tag': 'error',
  'file/duplicate-key': 'error',
  'file/number': 'error',
  'file/layout': 'error',
  'model/type': 'error',
  'model/value': 'error',
  'model/missing-key': 'error',
  'model/unknown-key': 'error',
  'model/too-large': 'error',
  'forward/name': 'error',
  'forward/duplicate-name': 'error',
  'forward/comment': 'error',
  'forward/interface': 'error',
  'forward/shorthand': 'error',
  'forward/range-length': 'error',
  'forward/family-mismatch': 'error',
  'forward/loopback': 'error',
  'forward/mss': 'error',
  'from/address': 'error',
  'from/overlap': 'error',
  'from/pointless': 'error',
  'from/unusable-address': 'error',
  'listen/syntax': 'error',
  'listen/address': 'error',
  'listen/port': 'error',
  'listen/unusable-address': 'error',
  'listen/overlap': 'error',
  'target/syntax': 'error',
  'target/address': 'error',
  'target/port': 'error',
  'target/unusable-address': 'error',
  'target/is-a-listen': 'error',
  'listen/ambiguous-interface': 'warning',
  'listen/loopback-left-alone': 'note',
  'host/facts-unknown': 'note',
  'host/listener-covered': 'error',
  'host/listener-partly-covered': 'warning',
  'host/session-covered': 'error',
  'host/nat-chain-rival': 'warning',
  'host/forward-dropped': 'warning',
  'host/input-dropped': 'warning',
  'host/ipv6-off': 'warning',
  'host/interface-absent': 'warning',
  'host/interface-port': 'warning',
  'host/interface-down': 'warning',
  'host/interface-vrf': 'note',
  'host/interface-not-routing': 'warning',
  'host/interface-without-address': 'note',
  'host/address-absent': 'note',
  'host/ephemeral-overlap': 'warning',
  'host/bridge-hairpin': 'warning',
  'host/rp-filter': 'warning',
  'host/return-path': 'warning',
  'host/target-away': 'warning',
  'host/target-silent': 'note',
  'host/mtu': 'note',
  'host/guard-drops': 'warning',
} as const satisfies Record<string, Severity>;

type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  /** What is wrong, in one clause, without a full stop. */
  readonly message: string;
  /** How to fix it, in one clause, without a full stop. */
  readonly remedy: string;
  readonly path: ModelPath;
  /** The other places involved, such as the forward that already owns the port. */
  readonly related?: readonly ModelPath[];
  /** Offset into the text, in UTF-16 code units, if the error has no path (a syntax error). */
  readonly offset?: number;
  /** The name of the file, if it is about the shape of one beside the main file: then the path is that in this file. */
  readonly part?: string;
  /** Overrides the severity of the code: an error that --force ignores is a warning. */
  readonly severity?: Severity;
}

/** A finding whose place the caller knows. */
export type Problem = Pick<Finding, 'code' | 'message' | 'remedy'>;

/** A push of a spread list fails if the list has more than about 100 000 items. */
export function addAll(findings: Finding[], more: readonly Finding[]): void {
  for (const finding of more) findings.push(finding);
}

export const severityOf = ({ code, severity }: Finding): Severity => severity ?? FINDINGS[code];

export const isError = (finding: Finding): boolean => severityOf(finding) === 'error';

/** `forwards[1].listen`. A key that is not a short word is quoted: `forwards[1]["a b"]`. */
export const formatPath = (path: ModelPath): string => path.map(formatStep).join('').replace(/^\./, '');

const formatStep = (step: string | number): string =>
  typeof step === 'string' && /^[\w<-]{1,40}$/.test(step) ? `.${step}` : `[${quote(step)}]`;
