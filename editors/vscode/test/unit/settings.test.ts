import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import manifest from '../../package.json';
import { EXTENSION_SETTINGS, RESTRICTED_SETTINGS, SERVER_SETTINGS, serverSettings } from '../../src/settings';

interface Property {
  readonly type: string | readonly string[];
  readonly default: unknown;
  readonly scope: string;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
  readonly markdownDescription: string;
  readonly items?: { readonly type: string };
}

const properties: Readonly<Record<string, Property>> = manifest.contributes.configuration.properties;

/** A file of the repository. Tests run in the directory of the extension. */
const repository = (path: string) => readFileSync(`../../${path}`, 'utf8');

const withPrefix = (keys: readonly string[]) => keys.map((key) => `heaplint.${key}`);

test('the manifest declares the settings that are read, and no others', () => {
  assert.deepEqual(
    Object.keys(properties).sort(),
    withPrefix([...SERVER_SETTINGS, ...EXTENSION_SETTINGS]).sort(),
  );
});

test('every setting is described, and its default is of its type', () => {
  for (const [key, property] of Object.entries(properties)) {
    assert.match(property.markdownDescription, /^[A-Z].*\.$/s, key);
    const kind = property.default === null ? 'null' : typeof property.default;
    assert.ok([property.type].flat().includes(kind), key);
    assert.ok(property.enum === undefined || property.enum.includes(String(property.default)), key);
    assert.ok(
      property.enumDescriptions === undefined || property.enumDescriptions.length === property.enum?.length,
      key,
    );
  }
});

test('settings that configuration files know as well are of the type that they have there', () => {
  const options = (JSON.parse(repository('heaplint.schema.json')) as { properties: Record<string, Property> })
    .properties;
  const twins = {
    'lint.select': 'select',
    'lint.extendSelect': 'extend-select',
    'lint.ignore': 'ignore',
    targetVersion: 'target-version',
    exclude: 'extend-exclude',
  };
  for (const [key, option] of Object.entries(twins)) {
    const [setting, twin] = [properties[`heaplint.${key}`], options[option]];
    assert.ok(setting !== undefined && twin !== undefined, key);
    const types = (of: Property) => [of.type].flat().filter((type) => type !== 'null');
    assert.deepEqual(types(setting), types(twin), key);
    assert.equal(setting.items?.type, twin.items?.type, key);
  }
});

test('docs/editors.md has the settings of the server with their defaults', () => {
  const rows = [...repository('docs/editors.md').matchAll(/^\| `([\w.]+)` \| .* \| (.*) \| .* \|$/gm)].map(
    ([, key, value]) => [key, value === 'none' ? null : JSON.parse(value?.replace(/^`([a-z]+)`$/i, quoted) ?? '')],
  );
  assert.deepEqual(
    Object.fromEntries(rows),
    Object.fromEntries(SERVER_SETTINGS.map((key) => [key, properties[`heaplint.${key}`]?.default])),
  );
});

/** A word in code as JSON: true and false are no strings. */
function quoted(_: string, word: string): string {
  return word === 'true' || word === 'false' ? word : `"${word}"`;
}

test('the README has every setting with its default', () => {
  const written = Object.entries(properties).map(
    ([key, { default: value }]) =>
      `| \`${key}\` | ${value === null ? 'none' : value === '' ? 'none' : `\`${String(value)}\``} |`,
  );
  const readme = readFileSync('README.md', 'utf8');
  const missing = written.filter((row) => !readme.includes(row));
  assert.deepEqual(missing, []);
  assert.equal(readme.match(/^\| `heaplint\./gm)?.length, written.length);
});

test('the extension has the version and the license of heaplint', () => {
  assert.equal(/^version = "(.*)"$/m.exec(repository('Cargo.toml'))?.[1], manifest.version);
  assert.equal(readFileSync('LICENSE', 'utf8'), repository('LICENSE'));
  assert.match(readFileSync('CHANGELOG.md', 'utf8'), new RegExp(`^## ${manifest.version}$`, 'm'));
});

test('a workspace that is not trusted can set nothing that names what is run or read', () => {
  const { untrustedWorkspaces, virtualWorkspaces } = manifest.capabilities;
  assert.equal(untrustedWorkspaces.supported, 'limited');
  assert.deepEqual(untrustedWorkspaces.restrictedConfigurations, withPrefix(RESTRICTED_SETTINGS));
  assert.equal(virtualWorkspaces.supported, false);
  // Whatever a user may write freely can name a path, but for the version of Python.
  const free = Object.entries(properties)
    .filter(([, { type, enum: words }]) => [type].flat().includes('string') && words === undefined)
    .map(([key]) => key);
  assert.deepEqual(free.sort(), ['heaplint.configuration', 'heaplint.path', 'heaplint.targetVersion']);
});

test('what is set is nested for the server, and what is not set is left out', () => {
  const set: Record<string, unknown> = {
    enable: false,
    'lint.select': ['MEM1'],
    'lint.ignore': [],
    'codeAction.fixViolation.enable': true,
    'codeAction.disableRuleComment.enable': false,
    targetVersion: null,
    configuration: '',
    path: '/opt/heaplint',
  };
  assert.deepEqual(
    serverSettings((key) => set[key], () => assert.fail('there is no path to expand')),
    {
      enable: false,
      lint: { select: ['MEM1'], ignore: [] },
      codeAction: { fixViolation: { enable: true }, disableRuleComment: { enable: false } },
    },
  );
});

test('the path of a configuration file is made absolute, and options stay as they are', () => {
  const configuration = (value: unknown) =>
    serverSettings(
      (key) => (key === 'configuration' ? value : undefined),
      (path) => `/expanded/${path}`,
    );
  assert.deepEqual(configuration('x.toml'), { configuration: '/expanded/x.toml' });
  assert.deepEqual(configuration({ select: ['ALL'] }), { configuration: { select: ['ALL'] } });
  assert.deepEqual(configuration(null), {});
});
