/** Fields and matches of a rule in libnftables JSON, as nft lists them. */
export const field = (protocol: string, name: string) => ({ payload: { protocol, field: name } });
export const meta = (key: string) => ({ meta: { key } });
export const ct = (key: string, more: { readonly dir?: 'original' } = {}) => ({ ct: { key, ...more } });

export const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });

export const ACCEPT = { accept: null };
export const REJECT = { reject: null };

/** `ct status dnat` */
export const TRANSLATED = match(ct('status'), 'dnat', 'in');
