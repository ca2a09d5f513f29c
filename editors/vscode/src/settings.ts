/** The settings: which of them the server reads, and how they are sent to it. */

/** The settings that the server reads, without the prefix `heaplint.`. A dot stands for nesting. */
export const SERVER_SETTINGS = [
  'enable',
  'configuration',
  'configurationPreference',
  'lint.select',
  'lint.extendSelect',
  'lint.ignore',
  'targetVersion',
  'exclude',
  'diagnosticMode',
  'showSyntaxErrors',
  'unsafeFixes',
  'baseline',
  'fixAll',
  'codeAction.fixViolation.enable',
  'codeAction.disableRuleComment.enable',
  'inlayHints.enable',
  'logLevel',
] as const;

/** The settings that only the extension reads. */
export const EXTENSION_SETTINGS = ['path', 'importStrategy', 'trace.server'] as const;

/** The settings that count when the server starts: which binary runs, and what it offers. */
export const START_SETTINGS = ['path', 'importStrategy', 'diagnosticMode'] as const;

/** The settings that name something on the disk or decide what is run. A workspace cannot set them before it is trusted. */
export const RESTRICTED_SETTINGS = ['path', 'importStrategy', 'configuration'] as const;

interface Tree {
  [key: string]: unknown;
}

/**
 * The settings as the server takes them: nested objects without what is not set.
 *
 * @param get the value of a setting
 * @param expand makes a path absolute that a user wrote
 */
export function serverSettings(
  get: (key: string) => unknown,
  expand: (path: string) => string,
): Record<string, unknown> {
  const settings: Tree = {};
  for (const key of SERVER_SETTINGS) {
    const value = get(key);
    if (value === undefined || value === null || value === '') {
      continue;
    }
    const isPath = key === 'configuration' && typeof value === 'string';
    place(settings, key.split('.'), isPath ? expand(value) : value);
  }
  return settings;
}

function place(tree: Tree, [name, ...rest]: string[], value: unknown): void {
  if (name === undefined) {
    return;
  }
  if (rest.length === 0) {
    tree[name] = value;
  } else {
    place((tree[name] ??= {}) as Tree, rest, value);
  }
}
