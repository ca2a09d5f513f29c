import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inflateRawSync } from 'node:zlib';

import manifest from '../../package.json';

/** The files of a ZIP archive with their contents, read through its central directory. */
function unzip(archive: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let entry = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((at) => archive.readUInt16LE(entry + at)) as [
      number,
      number,
      number,
    ];
    const name = archive.toString('utf8', entry + 46, entry + 46 + nameLength);
    const isDeflated = archive.readUInt16LE(entry + 10) === 8;
    const size = archive.readUInt32LE(entry + 20);
    const local = archive.readUInt32LE(entry + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const data = archive.subarray(start, start + size);
    files.set(name, isDeflated ? inflateRawSync(data) : data);
    entry += 46 + nameLength + extraLength + commentLength;
  }
  return files;
}

const files = unzip(readFileSync('heaplint.vsix'));
const text = (name: string) => files.get(name)?.toString('utf8') ?? assert.fail(`${name} is not packed`);

test('the package holds what the extension needs and nothing else', () => {
  assert.deepEqual([...files.keys()].sort(), [
    '[Content_Types].xml',
    'extension.vsixmanifest',
    'extension/LICENSE.txt',
    'extension/ThirdPartyNotices.txt',
    'extension/changelog.md',
    'extension/dist/extension.js',
    'extension/icon.png',
    'extension/package.json',
    'extension/readme.md',
  ]);
});

test('the bundle is whole: all it asks for is VS Code and Node.js', () => {
  const asked = new Set([...text('extension/dist/extension.js').matchAll(/\brequire\("([^"]+)"\)/g)].map(([, it]) => it));
  const builtin = new Set(process.getBuiltinModule('module').builtinModules);
  asked.delete('vscode');
  assert.deepEqual([...asked].filter((name) => !builtin.has(name?.replace(/^node:/, '') ?? '')), []);
  assert.ok(asked.size > 0);
});

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, { dependencies?: Record<string, string> }>;
};

/** What a package needs, and what that needs in turn. */
function closure(name: string, found = new Set<string>()): Set<string> {
  // What two packages need in two versions lies below the one that needs the older.
  const entry = Object.entries(lock.packages).find(([path]) => path.endsWith(`node_modules/${name}`));
  if (!found.has(name)) {
    found.add(name);
    Object.keys(entry?.[1].dependencies ?? {}).forEach((needed) => closure(needed, found));
  }
  return found;
}

test('every package that the extension needs has its license in the notices', () => {
  const notices = text('extension/ThirdPartyNotices.txt').split(/^-+$/m).slice(1);
  const named = notices.map((notice) => /^\n(\S+) \d+\.\d+\.\d+ \((?:MIT|ISC)\)\n\n\S/.exec(notice)?.[1]);
  assert.deepEqual(named.sort(), [...closure('vscode-languageclient')].sort());
});

test('the icon is a square of 128 pixels', () => {
  const icon = files.get('extension/icon.png') ?? assert.fail();
  assert.equal(icon.toString('latin1', 1, 4), 'PNG');
  assert.deepEqual([icon.readUInt32BE(16), icon.readUInt32BE(20)], [128, 128]);
});

test('the package is what the manifest says, and names no address', () => {
  const packed = text('extension.vsixmanifest');
  assert.match(packed, new RegExp(`Id="heaplint" Version="${manifest.version}" Publisher="heaplint"`));
  assert.match(packed, /Microsoft\.VisualStudio\.Code\.ExtensionKind" Value="workspace"/);
  assert.deepEqual(packed.match(/Links\.[A-Za-z]+" Value="http/g), null);
});
