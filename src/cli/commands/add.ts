import { addForward } from '../../edit/add-forward.ts';
import { FORWARD_KEYS, keyValue } from '../../edit/forward-keys.ts';
import { writeForward } from '../../edit/write-forward.ts';
import type { InFull } from '../../edit/value-text.ts';
import { editFile, type EditOptions } from './edit-file.ts';
import type { ExitCode } from '../../report/exit-code.ts';
import type { World } from '../../apply/context.ts';

export interface ForwardOptions {
  readonly name?: string;
  readonly protocol?: readonly string[];
  readonly interface?: readonly string[];
  readonly wildcard?: boolean;
  readonly from?: readonly string[];
  readonly masquerade?: string;
  readonly loopback?: boolean;
  readonly comment?: string;
}

export async function add(
  listen: string,
  target: string,
  options: EditOptions & ForwardOptions,
  world: World,
): Promise<ExitCode> {
  const forward = writeForward(forwardFrom(listen, target, options));
  return editFile(`add ${listen} ${target}`, ({ editable }) => addForward(editable, forward), options, world);
}

/** Only the keys that were asked for. */
function forwardFrom(listen: string, target: string, options: ForwardOptions): InFull {
  const asked: ForwardOptions & Record<'listen' | 'target', string> = { ...options, listen, target };
  return Object.fromEntries(
    FORWARD_KEYS.filter((key) => key !== 'enabled' && asked[key] !== undefined).map((key) => [
      key,
      keyValue(key, String(asked[key as keyof typeof asked])),
    ]),
  );
}
