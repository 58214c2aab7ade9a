import { addForward } from '../model/add-forward.ts';
import { FORWARD_KEYS, keyValue } from '../model/forward-keys.ts';
import { writeForward } from '../model/write-forward.ts';
import type { InFull } from '../model/written.ts';
import { editFile, type EditOptions } from './edit-file.ts';
import type { ExitCode } from './exit-code.ts';
import type { World } from './world.ts';

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
