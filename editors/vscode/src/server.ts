/** The life of the server: which binary runs, with which settings, and what the user sees of it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';

import {
  type Disposable,
  type LanguageStatusItem,
  LanguageStatusSeverity,
  type OutputChannel,
  type Uri,
  languages,
  workspace,
} from 'vscode';
import {
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
} from 'vscode-languageclient/node';

import { type Found, expand, findBinary } from './binary';
import { selectedInterpreter } from './interpreter';
import { serverSettings } from './settings';

/** The documents that the server is told of: Python files, unsaved ones, and cells of notebooks. */
export const DOCUMENTS = [
  { scheme: 'file', language: 'python' },
  { scheme: 'untitled', language: 'python' },
  { scheme: 'vscode-notebook', language: 'python' },
  { scheme: 'vscode-notebook-cell', language: 'python' },
];

/** The one server of a window. */
export class Server implements Disposable {
  private client: LanguageClient | undefined;
  /** The process that runs, or ran last. */
  private process: ChildProcess | undefined;
  private found: Found | undefined;
  private readonly status: LanguageStatusItem;
  /** What was asked for last: starts and stops happen one after the other. */
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly extension: string,
    private readonly log: OutputChannel,
    private readonly explain: (rule: unknown) => Promise<void>,
  ) {
    this.status = languages.createLanguageStatusItem('heaplint.server', DOCUMENTS);
    this.status.name = 'Heaplint';
    this.status.command = { command: 'heaplint.showLogs', title: 'Show Logs' };
  }

  /** Starts the server, after the one that runs has ended. */
  restart(): Promise<void> {
    if (this.client?.state === State.Starting) {
      // It is asked to start anew because it hangs; it cannot be asked to stop before it is up.
      this.process?.kill();
    }
    return this.enqueue(async () => {
      await this.end();
      await this.start();
    });
  }

  /** Starts the server anew if another binary is to run by now. */
  async refresh(): Promise<void> {
    const found = await this.find();
    if (JSON.stringify(found) !== JSON.stringify(this.found)) {
      await this.restart();
    }
  }

  /** Ends the server. */
  stop(): Promise<void> {
    return this.enqueue(() => this.end());
  }

  /** The binary that runs. */
  get binary(): Found | undefined {
    return this.found;
  }

  /** What runs, in words. */
  describe(): string {
    if (this.found === undefined) {
      return 'heaplint has not been started';
    }
    if (this.found.kind === 'missing') {
      return this.found.reason;
    }
    const version = this.client?.initializeResult?.serverInfo?.version ?? '(not running)';
    return `heaplint ${version}, ${this.found.path} (${this.found.source})`;
  }

  dispose(): void {
    this.status.dispose();
  }

  private enqueue(task: () => Promise<void>): Promise<void> {
    const done = this.queue.then(task);
    this.queue = done.catch((error: unknown) => this.say(`${String(error)}`));
    return this.queue;
  }

  private async start(): Promise<void> {
    this.found = await this.find();
    if (this.found.kind === 'missing') {
      this.say(this.found.reason);
      this.show(LanguageStatusSeverity.Error, 'Heaplint: not found', this.found.reason);
      return;
    }
    this.say(`starting ${this.found.path} (${this.found.source})`);
    this.show(LanguageStatusSeverity.Information, 'Heaplint: starting', this.found.path);
    const { path } = this.found;
    const client = new LanguageClient('heaplint', 'Heaplint', () => this.launch(path), this.options());
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        this.show(LanguageStatusSeverity.Information, 'Heaplint', this.describe());
      } else if (newState === State.Stopped && this.client === client) {
        this.show(LanguageStatusSeverity.Error, 'Heaplint: stopped', 'The log says why');
      }
    });
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      this.say(`the server did not start: ${String(error)}`);
      this.show(LanguageStatusSeverity.Error, 'Heaplint: not started', String(error));
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      // A client that never came up has nothing to stop.
      if (client?.needsStop() === true) {
        await client.dispose();
      }
    } catch (error) {
      this.say(`the server did not stop as asked: ${String(error)}`);
    } finally {
      this.process?.kill();
    }
  }

  private launch(path: string): Promise<ChildProcess> {
    return new Promise((resolve, reject) => {
      const launched = spawn(path, ['server']);
      launched.once('error', reject);
      launched.once('spawn', () => resolve(launched));
      this.process = launched;
    });
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: DOCUMENTS,
      initializationOptions: () => ({ settings: settingsFor(workspace.workspaceFolders?.[0]?.uri) }),
      synchronize: { configurationSection: 'heaplint' },
      outputChannel: this.log,
      traceOutputChannel: this.log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      diagnosticPullOptions: { onChange: true, onSave: true, onTabs: true },
      middleware: {
        // The server would open the page as plain text.
        executeCommand: (command, args, next) => {
          const [page] = args as [{ readonly code?: unknown }?];
          return command === 'heaplint.explain' ? this.explain(page?.code) : next(command, args);
        },
        workspace: {
          configuration: ({ items }) =>
            items.map(({ section, scopeUri }) =>
              section === 'heaplint'
                ? settingsFor(
                    scopeUri === undefined ? undefined : this.client?.protocol2CodeConverter.asUri(scopeUri),
                  )
                : null,
            ),
        },
      },
    };
  }

  private async find(): Promise<Found> {
    const settings = workspace.getConfiguration('heaplint');
    const folders = localFolders();
    let interpreter: string | undefined;
    if (workspace.isTrusted) {
      try {
        interpreter = await selectedInterpreter(workspace.workspaceFolders?.[0]?.uri);
      } catch (error) {
        this.say(`the Python extension did not say which interpreter is selected: ${String(error)}`);
      }
    }
    return findBinary({
      platform: process.platform,
      trusted: workspace.isTrusted,
      setting: settings.get('path', ''),
      strategy: settings.get('importStrategy', 'useBundled'),
      extension: this.extension,
      interpreter,
      path: process.env['PATH'] ?? '',
      folders,
      home: homedir(),
      isExecutable,
      real,
    });
  }

  private show(severity: LanguageStatusSeverity, text: string, detail: string): void {
    this.status.severity = severity;
    this.status.text = text;
    this.status.detail = detail;
  }

  private say(message: string): void {
    this.log.appendLine(`[Extension - ${new Date().toLocaleTimeString()}] ${message}`);
  }
}

/** The settings of a folder, as the server takes them. */
function settingsFor(folder: Uri | undefined): Record<string, unknown> {
  const settings = workspace.getConfiguration('heaplint', folder ?? null);
  const root = folder === undefined ? undefined : workspace.getWorkspaceFolder(folder)?.uri.fsPath;
  const base = { platform: process.platform, folders: root === undefined ? localFolders() : [root], home: homedir() };
  return serverSettings(
    (key) => settings.get(key),
    (path) => expand(path, base),
  );
}

function localFolders(): string[] {
  return (workspace.workspaceFolders ?? [])
    .filter(({ uri }) => uri.scheme === 'file')
    .map(({ uri }) => uri.fsPath);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
