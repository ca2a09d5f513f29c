// Bundles the extension into dist/extension.js and writes ThirdPartyNotices.txt, the licenses of
// what the bundle holds. With `--tests` it bundles the tests into out/ instead.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
};

/** The packages that a bundle took files from. */
function packages(metafile) {
  const directories = Object.keys(metafile.inputs).flatMap(
    (path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  );
  return [...new Set(directories)].sort();
}

function notice(directory) {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) {
    throw new Error(`${name} ${version} is bundled and has no license`);
  }
  const text = readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}

if (process.argv.includes('--tests')) {
  await build({
    ...common,
    entryPoints: ['test/unit/*.test.ts', 'test/package/*.test.ts'],
    outbase: 'test',
    outdir: 'out',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    sourcemap: 'inline',
  });
} else {
  const { metafile } = await build({
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    format: 'cjs',
    external: ['vscode'],
    minify: true,
    metafile: true,
  });
  const notices = packages(metafile).map(notice);
  const rule = `${'-'.repeat(78)}\n`;
  writeFileSync(
    'ThirdPartyNotices.txt',
    ['dist/extension.js contains code of these packages.\n', ...notices].join(rule),
  );
}
