/** What the page and the worker that checks files say to each other. */
import type { Checked, CheckProblem } from './check-files';

export type Reply =
  | { kind: 'progress'; done: number; total: number }
  | { kind: 'checked'; checked: Checked }
  | { kind: 'problem'; code: CheckProblem; file: string | null };
