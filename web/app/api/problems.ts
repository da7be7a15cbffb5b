/** What the API says has gone wrong (RFC 9457), and in which words the page says it. */
import { counted, isKey, language, span, t } from '../words';

export interface FieldError {
  field: string;
  code: string;
  limit?: number | string | null;
  detail: string;
}

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail?: string;
  errors?: FieldError[];
  retry_after?: number;
  which?: string;
  [member: string]: unknown;
}

/** An answer of the API that is an error. */
export class ApiProblem extends Error {
  constructor(
    readonly problem: Problem,
    readonly retryAfter: number | null,
  ) {
    super(problem.code);
  }

  get code(): string {
    return this.problem.code;
  }
}

/** No answer came: there is no network, or no server. */
export class Unreachable extends Error {}

/** Make an error of an answer, whatever its body is. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const { status } = response;
  const code = status >= 502 && status <= 504 ? 'unavailable' : 'unknown';
  let problem: Problem = { status, code, title: '' };
  try {
    const body = await response.json();
    if (typeof body?.code === 'string') problem = body as Problem;
  } catch {
    // Not of the API itself: a proxy's words are of no use to a user.
  }
  const header = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  return new ApiProblem(problem, Number.isNaN(header) ? null : header);
}

/** What a user reads of an error: the page's words by code, or else the API's own sentence. */
export function explain(error: unknown): string {
  if (error instanceof Unreachable) {
    return navigator.onLine ? t('problem.unreachable') : t('problem.offline');
  }
  if (!(error instanceof ApiProblem)) return t('problem.unknown');
  const { problem, retryAfter } = error;
  if (problem.code === 'too_many_attempts') {
    return counted('problem.too_many_attempts', retryAfter ?? problem.retry_after ?? 60);
  }
  if (problem.code === 'quota_exceeded' && problem.which !== undefined) {
    const key = `quota.${problem.which}`;
    if (isKey(key)) return t(key as 'quota.videos');
  }
  const key = `problem.${problem.code}`;
  if (isKey(key)) return t(key as 'problem.unknown');
  if (problem.status === 503 && retryAfter !== null) {
    return t('problem.away', { left: span(retryAfter) });
  }
  return fallback(problem);
}

function fallback(problem: Problem): string {
  const sentence = problem.detail ?? problem.title;
  if (sentence === '') return t('problem.unknown');
  return language.value === 'en' ? sentence : `${t('problem.unknown')} (${sentence})`;
}

/** The sentence for one field of a form, if that is what was wrong. */
export function fieldProblem(error: unknown, field: string): string | null {
  if (!(error instanceof ApiProblem)) return null;
  const found = error.problem.errors?.find((each) => each.field.split('.').at(-1) === field);
  return found === undefined ? null : found.detail;
}
