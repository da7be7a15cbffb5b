/** The one Trusted Types policy: gives out the addresses of the page's own workers. */

interface ScriptUrlPolicy {
  createScriptURL(address: string): string;
}

interface TrustedTypesWindow {
  trustedTypes?: {
    createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy;
  };
}

/** Refuse every address that is not a built file of this page. */
export function ownWorker(address: string): string {
  const url = new URL(address, location.origin);
  const isBuilt = /^\/assets\/[\w.-]+\.js$/.test(url.pathname);
  const isSource = import.meta.env.DEV && url.pathname.startsWith('/app/');
  if (url.origin !== location.origin || !(isBuilt || isSource)) {
    throw new TypeError('Not a worker of this page');
  }
  return url.href;
}

const rules: ScriptUrlPolicy = { createScriptURL: ownWorker };
const policy =
  (window as TrustedTypesWindow).trustedTypes?.createPolicy('fotograma-worker', rules) ?? rules;

/** Start one of the page's own workers. */
export function startWorker(address: string): Worker {
  return new Worker(policy.createScriptURL(address), { type: 'module' });
}
