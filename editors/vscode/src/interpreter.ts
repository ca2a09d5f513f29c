/** The Python interpreter that is selected in the Python extension. */

import { type Disposable, type Event, type Uri, extensions } from 'vscode';

/** What is used of the interface of the Python extension. */
interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: Uri): { readonly path: string };
    resolveEnvironment(environment: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri: Uri | undefined } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath: Event<unknown>;
  };
}

/** The interface of the Python extension, where it is installed and new enough. */
async function pythonApi(): Promise<PythonApi | undefined> {
  const extension = extensions.getExtension<Partial<PythonApi>>('ms-python.python');
  const api = extension && (extension.isActive ? extension.exports : await extension.activate());
  return api?.environments === undefined ? undefined : { environments: api.environments };
}

/** The executable of the selected interpreter. */
export async function selectedInterpreter(resource: Uri | undefined): Promise<string | undefined> {
  const api = await pythonApi();
  if (api === undefined) {
    return undefined;
  }
  const selected = api.environments.getActiveEnvironmentPath(resource);
  const environment = await api.environments.resolveEnvironment(selected);
  return environment?.executable.uri?.fsPath;
}

/** Calls back when another interpreter is selected. */
export async function onInterpreterChange(callback: () => void): Promise<Disposable | undefined> {
  const api = await pythonApi();
  return api?.environments.onDidChangeActiveEnvironmentPath(callback);
}
