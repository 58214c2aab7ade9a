import type { Request, Scripts } from './doctor-lab.ts';

/** One forward that does not work. In its texts, LISTEN and PORT are a port of its own to listen on, and one of its target. */
export interface Broken {
  readonly name: string;
  /** What doctor must name first. */
  readonly first: string;
  /** The keys of the forward. */
  readonly forward: string;
  /** What is applied in its place, before the file is changed; undefined: it is added to the file afterwards. */
  readonly applied?: string | undefined;
  readonly breaks?: Scripts;
  /** In place of the printed command, if doctor cannot print one. */
  readonly fix?: Scripts;
  /** The keys of the forward as they should be, if the file is wrong and doctor cannot know what is right. */
  readonly corrected?: string;
  /** How the client reaches it. */
  readonly request?: Request;
  /** Only this client is refused, which doctor cannot know: the cause is a note. */
  readonly isPartial?: true;
  /** In the message of the cause. */
  readonly says?: RegExp;
  /** Only waiting clients show the fault. */
  readonly needsClients?: true;
}

/** An nft table with one filter chain, as a command. */
export const chain = (name: string, hook: string, priority: number, rules: string, policy = 'accept') =>
  `nft 'table inet ${name} { chain ${hook} { type filter hook ${hook} priority ${priority}; policy ${policy}; ${rules} }; }'`;
export const FORWARD_DROP = chain('fw', 'forward', 0, 'ct state established,related accept;', 'drop');
