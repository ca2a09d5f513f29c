/** The pages of the rules, which the binary carries, as documents of the editor. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { type TextDocumentContentProvider, Uri, commands, languages, window } from 'vscode';

import type { Found } from './binary';

const run = promisify(execFile);

/** The scheme of documents that are pages of rules. */
export const SCHEME = 'heaplint-rule';

/** Reads pages from the binary that runs. */
export class RulePages implements TextDocumentContentProvider {
  constructor(private readonly binary: () => Found | undefined) {}

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    return this.ask(['explain', rule(uri)]);
  }

  /** Shows the page of a rule; asks which one if none is named. */
  async show(code: unknown): Promise<void> {
    const chosen = typeof code === 'string' ? code : await this.choose();
    if (chosen !== undefined) {
      const uri = Uri.from({ scheme: SCHEME, path: `/${chosen}.md` });
      await commands.executeCommand('markdown.showPreview', uri);
    }
  }

  /** Lets the user choose a rule; those found in the file that is open come first. */
  private async choose(): Promise<string | undefined> {
    const rules = JSON.parse(await this.ask(['rules', '--output-format', 'json'])) as {
      code: string;
      name: string;
      summary: string;
    }[];
    const document = window.activeTextEditor?.document.uri;
    const found = new Set(
      (document === undefined ? [] : languages.getDiagnostics(document))
        .filter(({ source }) => source === 'heaplint')
        .map(({ code }) => String(typeof code === 'object' ? code.value : code)),
    );
    const items = rules
      .map(({ code, name, summary }) => ({ label: code, description: name, detail: summary }))
      .sort((a, b) => Number(found.has(b.label)) - Number(found.has(a.label)));
    const item = await window.showQuickPick(items, {
      placeHolder: 'The rule to explain',
      matchOnDescription: true,
      matchOnDetail: true,
    });
    return item?.label;
  }

  private async ask(args: string[]): Promise<string> {
    const binary = this.binary();
    if (binary?.kind !== 'found') {
      throw new Error(binary?.reason ?? 'heaplint has not been started');
    }
    const { stdout } = await run(binary.path, args, { maxBuffer: 16 * 1024 * 1024 });
    return stdout;
  }
}

/** The code or name in the address of a page. Anything may open such an address. */
function rule(uri: Uri): string {
  const named = /^\/([A-Za-z][\w-]*)\.md$/.exec(uri.path)?.[1];
  if (named === undefined) {
    throw new Error(`${uri.path} is not the page of a rule`);
  }
  return named;
}
