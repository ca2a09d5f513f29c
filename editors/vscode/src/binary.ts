/** Where the `heaplint` binary is. Pure: what it knows of the machine is handed in. */

import * as nodePath from 'node:path';

/** Where a binary was found. */
export type Source = 'setting' | 'bundled' | 'environment' | 'PATH';

/** What is known of the machine, the workspace and the settings. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Whether the user trusts the workspace. */
  readonly trusted: boolean;
  /** `heaplint.path`; empty when it is not set. */
  readonly setting: string;
  /** `heaplint.importStrategy`. */
  readonly strategy: 'useBundled' | 'fromEnvironment';
  /** The directory that the extension is installed in. */
  readonly extension: string;
  /** The executable of the selected Python interpreter. */
  readonly interpreter: string | undefined;
  /** `PATH`. */
  readonly path: string;
  /** The folders of the workspace. */
  readonly folders: readonly string[];
  readonly home: string;
  /** Whether a path leads to a file that can be run. */
  isExecutable(path: string): boolean;
  /** A path without symbolic links; the path itself where there is nothing. */
  real(path: string): string;
}

/** A binary, or why there is none. */
export type Found =
  | { readonly kind: 'found'; readonly path: string; readonly source: Source }
  | { readonly kind: 'missing'; readonly reason: string };

/**
 * The binary to run: what the setting names, else the first of the bundled one, the one of the
 * Python environment and the one on `PATH`.
 *
 * Nothing that a workspace holds is run before the user trusts it.
 */
export function findBinary(machine: Machine): Found {
  if (machine.setting !== '') {
    return fromSetting(machine);
  }
  const bundled = candidatesIn([pathOf(machine).join(machine.extension, 'bundled', 'bin')], 'bundled', machine);
  const environment = [
    ...candidatesIn(scriptFolders(machine), 'environment', machine),
    ...candidatesIn(searchPath(machine), 'PATH', machine),
  ];
  const candidates =
    machine.strategy === 'useBundled' ? [...bundled, ...environment] : [...environment, ...bundled];
  const found = candidates.find(
    ({ path, source }) => machine.isExecutable(path) && (source === 'bundled' || isAllowed(path, machine)),
  );
  return found === undefined
    ? {
        kind: 'missing',
        reason:
          'heaplint is neither bundled with the extension, nor in the Python environment, nor on PATH; ' +
          'install it, or set `heaplint.path`',
      }
    : { kind: 'found', ...found };
}

/** A path as a user writes it in a setting, made absolute. */
export function expand(
  written: string,
  { platform, folders, home }: Pick<Machine, 'platform' | 'folders' | 'home'>,
): string {
  const path = pathOf({ platform });
  const folder = folders[0] ?? home;
  const expanded = written.replaceAll('${workspaceFolder}', folder).replace(/^~(?=$|[\\/])/, home);
  return path.resolve(folder, expanded);
}

function fromSetting(machine: Machine): Found {
  const path = expand(machine.setting, machine);
  if (!isAllowed(path, machine)) {
    return {
      kind: 'missing',
      reason: `\`heaplint.path\` names ${path}, which belongs to a workspace that is not trusted`,
    };
  }
  return machine.isExecutable(path)
    ? { kind: 'found', path, source: 'setting' }
    : { kind: 'missing', reason: `\`heaplint.path\` names ${path}, which cannot be run` };
}

function candidatesIn(
  folders: readonly string[],
  source: Source,
  machine: Machine,
): { path: string; source: Source }[] {
  const name = machine.platform === 'win32' ? 'heaplint.exe' : 'heaplint';
  return folders.map((folder) => ({ path: pathOf(machine).join(folder, name), source }));
}

/** Where the environment of the interpreter keeps its scripts. */
function scriptFolders(machine: Machine): string[] {
  if (machine.interpreter === undefined || !machine.trusted) {
    return [];
  }
  const path = pathOf(machine);
  const folder = path.dirname(machine.interpreter);
  // On Windows `python.exe` is in `Scripts` in a virtual environment, and beside it otherwise.
  return machine.platform === 'win32' ? [folder, path.join(folder, 'Scripts')] : [folder];
}

/** The absolute folders of `PATH`. A relative one would mean whatever folder is current. */
function searchPath(machine: Machine): string[] {
  const path = pathOf(machine);
  return machine.path.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}

/** Whether a binary may run: before a workspace is trusted, none that it holds may. */
function isAllowed(binary: string, machine: Machine): boolean {
  return machine.trusted || !machine.folders.some((folder) => isInside(binary, folder, machine));
}

function isInside(path: string, folder: string, machine: Machine): boolean {
  const { relative, isAbsolute, sep } = pathOf(machine);
  // Either the path or what it leads to may lie in the folder.
  return [path, machine.real(path)].some((candidate) =>
    [folder, machine.real(folder)].some((root) => {
      const way = relative(root, candidate);
      return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
    }),
  );
}

function pathOf({ platform }: Pick<Machine, 'platform'>): nodePath.PlatformPath {
  return platform === 'win32' ? nodePath.win32 : nodePath.posix;
}
