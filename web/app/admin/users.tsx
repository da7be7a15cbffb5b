import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { type AuthSchemas, answer, auth } from '../api/client';
import { attempt } from '../library/actions';
import { user as me } from '../session/session';
import { toast } from '../ui/announce';
import { Button } from '../ui/button';
import { Confirm } from '../ui/dialog';
import { Field } from '../ui/field';
import { day } from '../words';
import { PagedList, usePages } from './pages';
import { QuotasDialog } from './quotas-dialog';
import { t } from './words';

type User = AuthSchemas['UserForAdmin'];

const PAUSE_MS = 300;

export function Users() {
  const typed = useSignal('');
  const search = useSignal('');
  const asked = useSignal<{ user: User; about: 'suspend' | 'quotas' } | null>(null);
  const close = () => (asked.value = null);
  const pages = usePages<User>((after) => {
    const query = { ...(search.value && { q: search.value }), ...(after && { after }) };
    return answer(auth.GET('/auth/users', { params: { query } }));
  }, search.value);
  useEffect(() => {
    const timer = setTimeout(() => (search.value = typed.value.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed.value]);
  const { user, about } = asked.value ?? {};
  return (
    <>
      <Field
        label={t('users.search')}
        name="user-search"
        type="search"
        value={typed.value}
        onValue={(value) => (typed.value = value)}
      />
      <PagedList label={t('users')} pages={pages}>
        {(each) => (
          <UserRow
            user={each}
            onSuspend={() => (asked.value = { user: each, about: 'suspend' })}
            onResume={() => void attempt(async () => pages.put(await resumed(each)))}
            onQuotas={() => (asked.value = { user: each, about: 'quotas' })}
          />
        )}
      </PagedList>
      {user && about === 'suspend' && (
        <Confirm
          title={t('users.suspendTitle')}
          text={t('users.suspendText', { email: user.email })}
          action={t('users.suspend')}
          onConfirm={() => void attempt(async () => pages.put(await suspended(user)))}
          onClose={close}
        />
      )}
      {user && about === 'quotas' && <QuotasDialog user={user} onClose={close} />}
    </>
  );
}

async function suspended({ id, email }: User): Promise<User> {
  const path = { user_id: id };
  const changed = await answer(auth.POST('/auth/users/{user_id}/suspend', { params: { path } }));
  toast(t('users.suspendedNow', { email }));
  return changed;
}

async function resumed({ id, email }: User): Promise<User> {
  const path = { user_id: id };
  const changed = await answer(auth.POST('/auth/users/{user_id}/unsuspend', { params: { path } }));
  toast(t('users.resumedNow', { email }));
  return changed;
}

interface UserRowProps {
  user: User;
  onSuspend: () => void;
  onResume: () => void;
  onQuotas: () => void;
}

function UserRow({ user, onSuspend, onResume, onQuotas }: UserRowProps) {
  const { id, email, role, created_at, verified_at, suspended_at } = user;
  return (
    <>
      <div>
        <strong>{email}</strong>
        {role === 'admin' && <span class="badge">{t('users.admin')}</span>}
        {verified_at === null && <span class="badge is-warning">{t('users.unverified')}</span>}
        {suspended_at !== null && (
          <span class="badge is-warning">{t('users.suspended', { date: day(suspended_at) })}</span>
        )}
        <p class="hint">{t('users.line', { date: day(created_at), id })}</p>
      </div>
      <div class="admin-actions">
        <Button small onClick={onQuotas}>
          {t('users.quotas')}
        </Button>
        <a class="button small" href={`#/admin/extractions/${id}`}>
          {t('users.extractions')}
        </a>
        {suspended_at !== null && (
          <Button small onClick={onResume}>
            {t('users.resume')}
          </Button>
        )}
        {suspended_at === null && id !== me.value?.id && (
          <Button small kind="danger" onClick={onSuspend}>
            {t('users.suspend')}
          </Button>
        )}
      </div>
    </>
  );
}
