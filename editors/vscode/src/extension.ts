/** What VS Code calls: starts the server, and connects commands and settings with it. */

import { type ExtensionContext, commands, window, workspace } from 'vscode';

import { onInterpreterChange } from './interpreter';
import { RulePages, SCHEME } from './rules';
import { Server } from './server';
import { START_SETTINGS } from './settings';

let server: Server | undefined;

/** Starts the extension. */
export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel('Heaplint', 'log');
  const pages = new RulePages(() => server?.binary);
  const running = new Server(context.extensionPath, log, (rule) => pages.show(rule));
  server = running;
  context.subscriptions.push(
    log,
    running,
    commands.registerCommand('heaplint.restart', () => running.restart()),
    commands.registerCommand('heaplint.showLogs', () => log.show()),
    commands.registerCommand('heaplint.showVersion', () => window.showInformationMessage(running.describe())),
    commands.registerCommand('heaplint.explainRule', (code?: unknown) => pages.show(code)),
    workspace.registerTextDocumentContentProvider(SCHEME, pages),
    workspace.onDidGrantWorkspaceTrust(() => running.restart()),
    workspace.onDidChangeConfiguration(async (event) => {
      if (START_SETTINGS.some((key) => event.affectsConfiguration(`heaplint.${key}`))) {
        await running.restart();
      }
    }),
  );
  await running.restart();
  const interpreter = await onInterpreterChange(() => void running.refresh());
  if (interpreter !== undefined) {
    context.subscriptions.push(interpreter);
  }
}

/** Ends the server. */
export async function deactivate(): Promise<void> {
  await server?.stop();
}
