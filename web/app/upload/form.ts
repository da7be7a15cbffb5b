/** The other way for a file: as a form through the API, in one piece. */
import { answer, type Video, video } from '../api/client';
import { ApiProblem, type Problem, Unreachable } from '../api/problems';
import { accessToken } from '../session/token';
import type { Choice } from './store';
import { sent } from './wire';

/** Upload a file as a form. Throws `ApiProblem` or `Unreachable`. */
export async function sendForm(
  file: File,
  choice: Choice,
  key: string,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<Video> {
  const form = new FormData();
  form.append('recipe', JSON.stringify(choice.recipes[0]));
  if (choice.retentionDays !== null) form.append('retention_days', `${choice.retentionDays}`);
  form.append('file', file, choice.name);
  const request = new XMLHttpRequest();
  request.open('POST', '/video');
  request.responseType = 'json';
  request.setRequestHeader('Authorization', `Bearer ${await accessToken()}`);
  request.setRequestHeader('Idempotency-Key', `form-${key}`);
  const status = await sent(request, form, onProgress, signal).catch(() => {
    throw new Unreachable();
  });
  if (status === 201) return request.response as Video;
  const problem = (request.response ?? { code: 'unknown', title: '', status }) as Problem;
  throw new ApiProblem(problem, null);
}

/** Extract by the recipes that a form has no room for; returns the errors of those that are refused. */
export async function extractRest(
  made: Video,
  { recipes }: Choice,
  key: string,
): Promise<unknown[]> {
  const rest = recipes.slice(1).map((recipe, index) =>
    answer(
      video.POST('/video/{video_id}/extractions', {
        params: {
          path: { video_id: made.id },
          header: { 'Idempotency-Key': `form-${key}-${index}` },
        },
        body: recipe,
      }),
    ),
  );
  const ended = await Promise.allSettled(rest);
  return ended.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
}
