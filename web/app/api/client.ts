/** The three services' APIs, with the session's token, typed by their OpenAPI documents. */
import createClient from 'openapi-fetch';
import { accessToken, renewToken } from '../session/token';
import type { components as AuthComponents, paths as AuthPaths } from './auth';
import type { paths as NotifyPaths } from './notify';
import { problemOf, Unreachable } from './problems';
import type { components as VideoComponents, paths as VideoPaths } from './video';

export type AuthSchemas = AuthComponents['schemas'];
export type VideoSchemas = VideoComponents['schemas'];
export type Video = VideoSchemas['VideoBody'];
export type Extraction = VideoSchemas['ExtractionBody'];
export type Recipe = VideoSchemas['Recipe-Input'];
export type Limits = VideoSchemas['LimitsBody'];
export type User = AuthSchemas['UserResponse'];

/** Send a request, once more with a new token if the one it had was not good any more. */
export async function send(request: Request): Promise<Response> {
  const again = request.clone();
  const token = await accessToken();
  const response = await sendWith(request, token);
  if (response.status !== 401 || token === null) return response;
  const renewed = (await renewToken(token)) ?? (await accessToken());
  return renewed === null ? response : sendWith(again, renewed);
}

async function sendWith(request: Request, token: string | null): Promise<Response> {
  if (token !== null) request.headers.set('Authorization', `Bearer ${token}`);
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Unreachable();
  }
}

const options = { baseUrl: location.origin, fetch: send };
export const auth = createClient<AuthPaths>(options);
export const notify = createClient<NotifyPaths>(options);
export const video = createClient<VideoPaths>(options);

interface Answered<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The body of an answer. Throws `ApiProblem` or `Unreachable`. */
export async function answer<Data>(asked: Promise<Answered<Data>>): Promise<Data> {
  const { data, error, response } = await asked;
  if (response.ok) return data as Data;
  throw await problemOf(
    new Response(JSON.stringify(error ?? null), {
      status: response.status,
      headers: response.headers,
    }),
  );
}
