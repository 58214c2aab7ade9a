const ENDS = '-s 198.51.100.8 -d 198.51.100.9 --sport 40000 --dport 4000';

/** Puts a connection that no forward has to do with into the connection table. portfwd does not list an empty one. */
export const ADD_ANY_FLOW = `conntrack -I -p tcp ${ENDS} -t 600 --state ESTABLISHED`.split(' ');
