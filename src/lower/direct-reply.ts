import type { ReplyPath } from '../model/routing/reply-path.ts';
import type { RuleBinding } from './binding.ts';

/** A binding whose target answers some clients directly, so that the replies bypass this host. */
export interface DirectReply {
  readonly binding: RuleBinding;
  readonly replyPath: ReplyPath;
  /** It applies only to packets that leave through one of these: other packets to the target take another way. */
  readonly leaves?: readonly string[] | undefined;
}

/** The chain that recognises our connections among those whose replies would bypass this host. */
export const HAIRPIN = 'pf_hairpin';

export const TO_HAIRPIN = { kind: 'goto', chain: HAIRPIN } as const;
