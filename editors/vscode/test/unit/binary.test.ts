import assert from 'node:assert/strict';
import { test } from 'node:test';

import { type Machine, expand, findBinary } from '../../src/binary';

/** A Linux machine that has these files, with a trusted workspace in /project. */
function machine(files: string[], changes: Partial<Machine> = {}): Machine {
  return {
    platform: 'linux',
    trusted: true,
    setting: '',
    strategy: 'useBundled',
    extension: '/extension',
    interpreter: '/project/.venv/bin/python',
    path: '/usr/local/bin:/usr/bin',
    folders: ['/project', '/second'],
    home: '/home/me',
    isExecutable: (path) => files.includes(path),
    real: (path) => path,
    ...changes,
  };
}

const BUNDLED = '/extension/bundled/bin/heaplint';
const ENVIRONMENT = '/project/.venv/bin/heaplint';
const ON_PATH = '/usr/bin/heaplint';
const ALL = [BUNDLED, ENVIRONMENT, ON_PATH];

const found = (path: string, source: string) => ({ kind: 'found', path, source });

function reason(of: Machine): string {
  const result = findBinary(of);
  assert.equal(result.kind, 'missing');
  return result.kind === 'missing' ? result.reason : '';
}

test('the setting wins, then the bundled binary, then the environment, then PATH', () => {
  const setting = '/opt/heaplint';
  assert.deepEqual(findBinary(machine([setting, ...ALL], { setting })), found(setting, 'setting'));
  assert.deepEqual(findBinary(machine(ALL)), found(BUNDLED, 'bundled'));
  assert.deepEqual(findBinary(machine([ENVIRONMENT, ON_PATH])), found(ENVIRONMENT, 'environment'));
  assert.deepEqual(findBinary(machine([ON_PATH])), found(ON_PATH, 'PATH'));
  assert.match(reason(machine([])), /neither bundled .* nor on PATH/);
});

test('the environment goes first when the user says so', () => {
  const strategy = 'fromEnvironment';
  assert.deepEqual(findBinary(machine(ALL, { strategy })), found(ENVIRONMENT, 'environment'));
  assert.deepEqual(findBinary(machine([BUNDLED, ON_PATH], { strategy })), found(ON_PATH, 'PATH'));
  assert.deepEqual(findBinary(machine([BUNDLED], { strategy })), found(BUNDLED, 'bundled'));
});

test('a setting that leads nowhere is told of, and nothing else runs in its place', () => {
  assert.equal(
    reason(machine(ALL, { setting: '/opt/nothing' })),
    '`heaplint.path` names /opt/nothing, which cannot be run',
  );
});

test('without the Python extension the environment is not searched', () => {
  assert.deepEqual(findBinary(machine([ENVIRONMENT], { interpreter: undefined })).kind, 'missing');
});

test('relative folders of PATH are not searched', () => {
  for (const path of ['', '.', 'bin', ':bin:.']) {
    const nearby = machine([], { path, isExecutable: () => true, extension: '/extension' });
    assert.deepEqual(
      findBinary({ ...nearby, interpreter: undefined, strategy: 'fromEnvironment' }),
      found(BUNDLED, 'bundled'),
      path,
    );
  }
});

test('on Windows the binary is heaplint.exe, in Scripts or beside python.exe', () => {
  const windows = (files: string[], interpreter: string) =>
    machine(files, {
      platform: 'win32',
      extension: 'c:\\extension',
      interpreter,
      path: 'c:\\Windows;tools;C:\\Tools',
      folders: ['c:\\project'],
    });
  const venv = 'c:\\project\\.venv\\Scripts\\heaplint.exe';
  assert.deepEqual(
    findBinary(windows([venv], 'c:\\project\\.venv\\Scripts\\python.exe')),
    found(venv, 'environment'),
  );
  const conda = 'c:\\conda\\Scripts\\heaplint.exe';
  assert.deepEqual(findBinary(windows([conda], 'c:\\conda\\python.exe')), found(conda, 'environment'));
  const tools = 'C:\\Tools\\heaplint.exe';
  assert.deepEqual(findBinary(windows([tools], 'c:\\python\\python.exe')), found(tools, 'PATH'));
  const bundled = 'c:\\extension\\bundled\\bin\\heaplint.exe';
  assert.deepEqual(findBinary(windows([bundled, venv], 'c:\\x\\python.exe')), found(bundled, 'bundled'));
  assert.equal(findBinary(windows(['tools\\heaplint.exe'], 'c:\\x\\python.exe')).kind, 'missing');
});

test('before a workspace is trusted nothing that it holds runs', () => {
  const untrusted = { trusted: false };
  assert.equal(findBinary(machine([ENVIRONMENT], untrusted)).kind, 'missing');
  // The interpreter may be one that the workspace chose, wherever it lies.
  assert.equal(
    findBinary(machine(['/elsewhere/bin/heaplint'], { ...untrusted, interpreter: '/elsewhere/bin/python' })).kind,
    'missing',
  );
  const path = '/second/tools:/project:/usr/bin';
  assert.deepEqual(
    findBinary(machine(['/second/tools/heaplint', '/project/heaplint', ON_PATH], { ...untrusted, path })),
    found(ON_PATH, 'PATH'),
  );
  for (const setting of ['/project/heaplint', './heaplint', '${workspaceFolder}/heaplint', '/second/x/../heaplint']) {
    assert.match(
      reason(machine(['/project/heaplint', '/second/heaplint', ...ALL], { ...untrusted, setting })),
      /belongs to a workspace that is not trusted$/,
      setting,
    );
  }
  assert.deepEqual(
    findBinary(machine(['/opt/heaplint'], { ...untrusted, setting: '/opt/heaplint' })),
    found('/opt/heaplint', 'setting'),
  );
  assert.deepEqual(
    findBinary(machine(['/projector/heaplint'], { ...untrusted, path: '/projector' })),
    found('/projector/heaplint', 'PATH'),
  );
  assert.deepEqual(findBinary(machine(ALL, untrusted)), found(BUNDLED, 'bundled'));
});

test('symbolic links lead no way around trust', () => {
  const links: Record<string, string> = { '/tools/heaplint': '/disk/project/heaplint', '/project': '/disk/project' };
  const linked = machine(['/tools/heaplint'], {
    trusted: false,
    path: '/tools',
    real: (path) => links[path] ?? path,
  });
  assert.equal(findBinary(linked).kind, 'missing');
  assert.deepEqual(findBinary({ ...linked, trusted: true }), found('/tools/heaplint', 'PATH'));
});

test('paths are written as users write them', () => {
  const linux = machine([]);
  assert.equal(expand('~/bin/heaplint', linux), '/home/me/bin/heaplint');
  assert.equal(expand('~', linux), '/home/me');
  assert.equal(expand('~other/heaplint', linux), '/project/~other/heaplint');
  assert.equal(expand('${workspaceFolder}/x.toml', linux), '/project/x.toml');
  assert.equal(expand('tools/x.toml', linux), '/project/tools/x.toml');
  assert.equal(expand('x.toml', { ...linux, folders: [] }), '/home/me/x.toml');
  const windows = machine([], { platform: 'win32', home: 'C:\\Users\\me', folders: ['D:\\project'] });
  assert.equal(expand('~\\x.toml', windows), 'C:\\Users\\me\\x.toml');
  assert.equal(expand('x.toml', windows), 'D:\\project\\x.toml');
});
