/** One way to be refused: `plan`, the dry run and the real run must say the same. */
export interface Refusal {
  readonly when: string;
  /** Shell commands on the host, with its own /etc, /run and /var/lib; "$@" is portfwd, $model its file. */
  readonly arrange: string;
  /** The command that is refused, without --dry-run. */
  readonly run: readonly string[];
  /** plan can be asked as well. */
  readonly plan: boolean;
  /** Shell commands before each run that hold for that run only, such as mounts. */
  readonly around: string;
}

/** Not a refusal that could be known before. The text says why. */
export type NotForeseen = string;

/** `plan`, `apply --dry-run` and `apply`. */
export const everywhere = (when: string, arrange: string, around = 'true'): Refusal => ({
  when,
  arrange,
  run: ['apply'],
  plan: true,
  around,
});

/** A command, or options, that plan does not have. */
export const withoutPlan = (run: readonly string[], when: string, arrange: string, around = 'true'): Refusal => ({
  when,
  arrange,
  run,
  plan: false,
  around,
});

// Shell commands that arrange a host: "$@" is portfwd, $model its file.

/** Lets nft answer otherwise: `$real` is the real one. */
export const fakeNft = (script: string, mode = '0755'): string =>
  `nft=$(readlink -f "$(command -v nft)"); cp "$nft" /run/real; printf '#!/bin/sh\\nreal=/run/real\\n%s\\n' '${script}' > /run/fake; chmod ${mode} /run/fake; mount --bind /run/fake "$nft"`;

/** The directory as it is, less some names. */
export const without = (directory: string, names: string): string =>
  `mkdir -p /run/all /run/some; mount --bind ${directory} /run/all; ln -sf /run/all/* /run/some; (cd /run/some && rm -f ${names}); mount --bind /run/some ${directory}`;

export const READ_ONLY = (path: string): string => `mount --bind ${path} ${path} && mount -o remount,bind,ro ${path}`;

export const model = (text: string): string => `printf 'version: 1\\n${text}\\n' > $model`;

/** Writes a file with twelve forwards, some of them with a name. */
export const MANY = `${model('forwards:')}; for n in $(seq 10 21); do [ $n -lt 16 ] || printf '  - {name: n%s, listen: 60%s, target: "10.0.0.1:5000"}\\n' $n $n; [ $n -ge 16 ] || printf '  - "60%s:10.0.0.1:5000"\\n' $n; done >> $model`;
