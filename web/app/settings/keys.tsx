import { useSignal } from '@preact/signals';
import { type AuthSchemas, answer, auth } from '../api/client';
import { ApiProblem } from '../api/problems';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Confirm, Dialog } from '../ui/dialog';
import { Check, Field } from '../ui/field';
import { Form, useForm } from '../ui/form';
import { Loaded, useLoaded } from '../ui/loaded';
import { Note } from '../ui/note';
import { Section } from '../ui/section';
import { day, t } from '../words';
import { CurrentPassword } from './account';

type Scope = AuthSchemas['Scope'];
type ApiKey = AuthSchemas['ApiKeyResponse'];

const SCOPES: readonly Scope[] = ['videos:read', 'videos:upload', 'videos:delete'];

export function ApiKeys() {
  const loading = useLoaded(() => answer(auth.GET('/auth/api-keys')));
  const made = useSignal<string | null>(null);
  const isOpen = useSignal(false);
  const ending = useSignal<ApiKey | null>(null);
  const end = async ({ id }: ApiKey) => {
    await answer(auth.DELETE('/auth/api-keys/{key_id}', { params: { path: { key_id: id } } }));
    await loading.load();
    toast(t('keys.deleted'));
  };
  return (
    <Section>
      <p>{t('keys.text')}</p>
      {made.value !== null && <Secret secret={made.value} />}
      <Loaded loading={loading}>
        {({ items }) => (
          <ul class="rows">
            {items.map((key) => (
              <KeyRow key={key.id} apiKey={key} onDelete={() => (ending.value = key)} />
            ))}
          </ul>
        )}
      </Loaded>
      <Button icon="plus" onClick={() => (isOpen.value = true)}>
        {t('keys.new')}
      </Button>
      {isOpen.value && (
        <NewKey
          onClose={() => (isOpen.value = false)}
          onMade={(secret) => {
            made.value = secret;
            isOpen.value = false;
            void loading.load();
          }}
        />
      )}
      {ending.value && (
        <Confirm
          title={t('keys.delete')}
          text={t('keys.deleteText', { name: ending.value.name })}
          action={t('keys.delete')}
          onConfirm={() => ending.value && void end(ending.value)}
          onClose={() => (ending.value = null)}
        />
      )}
    </Section>
  );
}

function KeyRow({ apiKey, onDelete }: { apiKey: ApiKey; onDelete: () => void }) {
  const until = apiKey.expires_at === null ? '' : t('keys.until', { date: day(apiKey.expires_at) });
  const used =
    apiKey.last_used_at === null
      ? t('keys.unused')
      : t('keys.used', { date: day(apiKey.last_used_at) });
  return (
    <li>
      <div>
        <strong>{apiKey.name}</strong> <code>{apiKey.prefix}…</code>
        <p class="hint">
          {[apiKey.scopes.map((scope) => t(`scope.${scope}`)).join(', '), until, used]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      <Button small kind="danger" onClick={onDelete}>
        {t('keys.delete')}
      </Button>
    </li>
  );
}

interface NewKeyProps {
  onClose: () => void;
  onMade: (secret: string) => void;
}

function NewKey({ onClose, onMade }: NewKeyProps) {
  const form = useForm();
  const name = useSignal('');
  const scopes = useSignal<readonly Scope[]>(['videos:read', 'videos:upload']);
  const password = useSignal('');
  const isAsked = useSignal(false);
  const make = async () => {
    try {
      const { key } = await answer(
        auth.POST('/auth/api-keys', {
          body: {
            name: name.value,
            scopes: [...scopes.value],
            ...(isAsked.value && { current_password: password.value }),
          },
        }),
      );
      onMade(key);
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.code === 'password_required')
        isAsked.value = true;
      throw problem;
    }
  };
  const foot = (
    <>
      <Button onClick={onClose}>{t('cancel')}</Button>
      <Button type="submit" form="new-key" kind="primary" busy={form.busy.value}>
        {t('keys.make')}
      </Button>
    </>
  );
  return (
    <Dialog title={t('keys.new')} onClose={onClose} foot={foot}>
      <Form id="new-key" state={form} onSubmit={make}>
        <Field
          label={t('keys.name')}
          name="key-name"
          value={name.value}
          onValue={(value) => (name.value = value)}
          hint={t('keys.nameHint')}
        />
        <fieldset>
          <legend class="label">{t('keys.scopes')}</legend>
          {SCOPES.map((scope) => (
            <Check
              key={scope}
              label={t(`scope.${scope}`)}
              checked={scopes.value.includes(scope)}
              onChecked={(checked) => {
                scopes.value = SCOPES.filter((each) =>
                  each === scope ? checked : scopes.value.includes(each),
                );
              }}
            />
          ))}
        </fieldset>
        {isAsked.value && (
          <CurrentPassword value={password.value} onValue={(value) => (password.value = value)} />
        )}
      </Form>
    </Dialog>
  );
}

/** A key's secret, shown once, with what is done with it. */
function Secret({ secret }: { secret: string }) {
  const { origin } = location;
  const lines = [
    `TOKEN=$(curl -s ${origin}/auth/token -d grant_type=urn:fotograma:grant-type:api-key -d api_key=${secret} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `curl ${origin}/video -H "Authorization: Bearer $TOKEN" -F file=@video.mp4`,
  ].join('\n');
  return (
    <Note kind="good">
      <p>{t('keys.secret')}</p>
      <p>
        <code class="secret">{secret}</code> <CopyButton text={secret} />
      </p>
      <p>{t('keys.curl')}</p>
      <pre class="lines">{lines}</pre>
      <CopyButton text={lines} />
    </Note>
  );
}

function CopyButton({ text }: { text: string }) {
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    toast(t('copied'));
  };
  return (
    <Button small icon="copy" onClick={() => void copy()}>
      {t('copy')}
    </Button>
  );
}
