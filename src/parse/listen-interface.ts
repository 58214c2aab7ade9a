import { quote } from '../finding/quote.ts';
import { isInterface } from '../model/interface-name.ts';
import { protocolsMeantBy } from './spelling/protocols.ts';

type Text = { readonly message: string; readonly remedy: string };

/**
 * Whether the part of a listen before its port can only be the name of an interface: it has a letter, and looks neither
 * like an address nor like a host name.
 */
export const looksLikeInterface = (host: string): boolean =>
  /[A-Za-z]/.test(host) && !HOST_NAME.test(host) && !/^\d[^.]*(?:\.[^.]*){2}/.test(host) && !/[%[\]]/.test(host);

/** A label of letters after a dot, as in `example.org`; a VLAN, as `eth0.7`, has a number there. */
const HOST_NAME = /^localhost$|\.[A-Za-z][A-Za-z-]+$/i;

export function interfaceFault(name: string): Text | undefined {
  if (protocolsMeantBy(name) !== undefined)
    return {
      message: `${quote(name)} is a protocol, not an address`,
      remedy: `write the port alone, and protocol: ${name.toLowerCase()} beside it`,
    };
  if (name === 'lo')
    return {
      message: 'lo cannot be used here: packets from other hosts never arrive on lo',
      remedy: 'listen on an address such as 127.0.0.1',
    };
  if (isInterface(name) || name.endsWith('*')) return undefined;
  return {
    message: `${quote(name)} is neither an address nor the name of an interface`,
    remedy:
      'write an address, or a name as ip link shows it, at most 15 characters; host names are not looked up, because their addresses can change',
  };
}

/** Words that mean every address in other programs. */
export const EVERY_ADDRESS: ReadonlySet<string> = new Set(['all', 'any', 'default', 'everywhere']);
