import { Failure } from '../host/failure.ts';

/** A change cannot be for now where what was there before cannot be made again. */
export const noWayBack = (why: string): Failure =>
  new Failure('no-way-back', `there would be no way back: ${why}`, 'run portfwd apply without --confirm');
