// Packs the extension into heaplint.vsix; with `--target linux-x64` and the like, into
// heaplint-linux-x64.vsix together with the binary in bundled/bin. Needs no network.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { createVSIX } from '@vscode/vsce';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const {
  values: { target },
} = parseArgs({ options: { target: { type: 'string' } } });
const isBundled = ['heaplint', 'heaplint.exe'].some((name) => existsSync(`bundled/bin/${name}`));
if (isBundled !== (target !== undefined)) {
  throw new Error(
    isBundled
      ? 'bundled/bin holds a binary, which runs on one platform only: name it with --target'
      : `there is no binary for ${target} in bundled/bin`,
  );
}

await createVSIX({
  packagePath: target === undefined ? 'heaplint.vsix' : `heaplint-${target}.vsix`,
  // What is needed of other packages is in the bundle.
  dependencies: false,
  // Where the repository is hosted is up to whoever publishes.
  allowMissingRepository: true,
  ...(target === undefined ? {} : { target }),
});
