// Replaces node:fs in src/host, in a build for these tests.
import * as fs from 'node:fs';
import { diskIs, faultAt, killOurselves } from './fault.ts';

export * from 'node:fs';

type Call = (...args: never[]) => unknown;

function faulty<F extends Call>(name: string, code: 'ENOSPC' | 'EIO', real: F): F {
  const call = (...args: Parameters<F>): unknown => {
    const action = faultAt([name, ...args.filter((argument) => typeof argument === 'string').slice(0, 1)].join(' '));
    if (action === 'kill') killOurselves();
    if (action === 'fail') throw injected(code, name);
    if (code === 'ENOSPC') refuseOnDisk(name, args);
    return real(...args);
  };
  return call as F;
}

const injected = (code: string, syscall: string): Error =>
  Object.assign(new Error(`${code}: injected, ${syscall}`), { code, syscall });

/** What grows a file or makes one. */
const NEEDS_SPACE = new Set(['mkdir', 'mkdtemp', 'write']);

/** The file that is to be written, or opened for that, is on a full or read-only disk from an earlier fault on. */
function refuseOnDisk(name: string, [path, flags]: readonly unknown[]): void {
  const disk = diskIs();
  if (disk === undefined || ['fsync', 'fchmod', 'fchown', 'ftruncate'].includes(name)) return;
  const isNew = name === 'open' && flags !== 'r' && typeof path === 'string' && !fs.existsSync(path);
  const isProc = typeof path === 'string' && path.startsWith('/proc/');
  // Temporary files have a place in memory.
  if (typeof path === 'string' && path.startsWith('/dev/shm/')) return;
  if (disk === 'full') {
    if (!isProc && (isNew || NEEDS_SPACE.has(name)) && !isInMemory(name, path)) throw injected('ENOSPC', name);
    return;
  }
  const isForWriting = name !== 'open' || isNew || (typeof flags === 'number' && (flags & WRITE_FLAGS) !== 0);
  if (isForWriting && !isInMemory(name, path)) throw injected('EROFS', name);
}

const WRITE_FLAGS = fs.constants.O_WRONLY | fs.constants.O_RDWR;

/** A descriptor of a file in /dev/shm. */
const isInMemory = (name: string, descriptor: unknown): boolean =>
  name === 'write' &&
  typeof descriptor === 'number' &&
  fs.readlinkSync(`/proc/self/fd/${descriptor}`).startsWith('/dev/shm/');

const writing = <F extends Call>(name: string, real: F): F => faulty(name, 'ENOSPC', real);
const reading = <F extends Call>(name: string, real: F): F => faulty(name, 'EIO', real);

export const fchmodSync = writing('fchmod', fs.fchmodSync);
export const fchownSync = writing('fchown', fs.fchownSync);
export const fsyncSync = writing('fsync', fs.fsyncSync);
export const ftruncateSync = writing('ftruncate', fs.ftruncateSync);
export const mkdirSync = writing('mkdir', fs.mkdirSync);
export const mkdtempSync = writing('mkdtemp', fs.mkdtempSync);
export const openSync = writing('open', fs.openSync);
export const renameSync = writing('rename', fs.renameSync);
export const rmSync = writing('rm', fs.rmSync);
export const rmdirSync = writing('rmdir', fs.rmdirSync);
export const unlinkSync = writing('unlink', fs.unlinkSync);
export const writeFileSync = writing('write', fs.writeFileSync);
export const writeSync = writing('write', fs.writeSync as (...args: never[]) => number) as typeof fs.writeSync;
export const fstatSync = reading('fstat', fs.fstatSync);
export const lstatSync = reading('lstat', fs.lstatSync);
export const readFileSync = reading('read', fs.readFileSync as Call) as typeof fs.readFileSync;
export const readSync = reading('read', fs.readSync as Call) as typeof fs.readSync;
export const readdirSync = reading('readdir', fs.readdirSync as Call) as typeof fs.readdirSync;
export const readlinkSync = reading('readlink', fs.readlinkSync as Call) as typeof fs.readlinkSync;
export const statSync = reading('stat', fs.statSync as Call) as typeof fs.statSync;
