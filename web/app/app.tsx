import { useEffect } from 'preact/hooks';
import { LogInAgain } from './accounts/again';
import { Login } from './accounts/login';
import { followKeys, isListShown } from './keys/keys';
import { DropAnywhere } from './library/drop-anywhere';
import { LibraryPage } from './library/library';
import { narrate } from './library/narration';
import { limits, openLibrary } from './library/store';
import { OpenPage } from './open-page';
import {
  Admin,
  Check,
  Forgot,
  Help,
  KeyList,
  prefetchForStrangers,
  prefetchForUsers,
  Register,
  Reset,
  Settings,
  Verify,
  VideoPage,
} from './parts';
import { type Route, route } from './routes';
import { leave, session, user } from './session/session';
import { Announcements } from './ui/announce';
import { Button } from './ui/button';
import { Brand, Mark } from './ui/icons';
import { Menu } from './ui/menu';
import { isOnline } from './ui/online';
import { sending } from './upload/uploads';
import { isNewVersionThere } from './version';
import { bytes, t } from './words';

export function App() {
  return (
    <>
      {/* biome-ignore lint/a11y/useValidAnchor: fragments are routes here, so it moves the focus itself */}
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.querySelector<HTMLElement>('#content h1')?.focus();
        }}
      >
        {t('skip')}
      </a>
      <Page />
      <Announcements />
    </>
  );
}

function Page() {
  const where = route.value;
  if (where.name === 'verify') return <Verify token={where.token} />;
  if (where.name === 'reset') return <Reset token={where.token} />;
  if (session.value === 'starting') return <Splash />;
  if (isForEverybody(where) && user.value === null) {
    return (
      <OpenPage>
        <Content where={where} />
      </OpenPage>
    );
  }
  if (session.value === 'away') return <Splash words={t('problem.serviceAway')} />;
  if (session.value === 'out') return <Gate where={where} />;
  return (
    <>
      <Shell where={where} />
      {session.value === 'ended' && <LogInAgain />}
    </>
  );
}

/** Whether it is shown to those who are not logged in, and where the services are away. */
function isForEverybody({ name }: Route): boolean {
  return name === 'help' || name === 'check';
}

function Splash({ words }: { words?: string }) {
  return (
    <main class="splash">
      <Mark size={48} />
      <p role="status">{words}</p>
    </main>
  );
}

function Gate({ where }: { where: Route }) {
  useEffect(() => void prefetchForStrangers(), []);
  if (where.name === 'register') return <Register />;
  if (where.name === 'forgot') return <Forgot />;
  return <Login />;
}

function Shell({ where }: { where: Route }) {
  const id = user.value?.id;
  useEffect(() => {
    if (id !== undefined) void openLibrary(id);
  }, [id]);
  useEffect(() => void prefetchForUsers(), []);
  useEffect(followKeys, []);
  useEffect(narrate, []);
  return (
    <>
      <header class="top">
        <div class="top-inner wrap">
          <Brand />
          <UsageLink />
          <UserMenu />
        </div>
        {!isOnline.value && <p class="offline">{t('upload.offline')}</p>}
        {isNewVersionThere.value && sending.value.length === 0 && <NewVersion />}
      </header>
      <main id="content" class="wrap">
        <Content where={where} />
      </main>
      {!takesFiles(where) && <DropAnywhere />}
      {isListShown.value && <KeyList onClose={() => (isListShown.value = false)} />}
    </>
  );
}

function Content({ where }: { where: Route }) {
  if (where.name === 'video') {
    return <VideoPage key={where.id} {...where} />;
  }
  if (where.name === 'settings') return <Settings tab={where.tab} />;
  if (where.name === 'help') return <Help tab={where.tab} reason={where.reason} />;
  if (where.name === 'check') return <Check />;
  if (where.name === 'admin' && isAdmin()) {
    return <Admin tab={where.tab} owner={where.owner} />;
  }
  const isMissing = where.name === 'admin' || (where.name === 'library' && where.missing === true);
  return <LibraryPage missing={isMissing} />;
}

function isAdmin(): boolean {
  return user.value?.role === 'admin';
}

/** Whether a screen has its own use for files that are dropped, as the library has. */
function takesFiles({ name }: Route): boolean {
  if (name === 'admin') return !isAdmin();
  return name !== 'video' && name !== 'settings' && name !== 'help';
}

/** Never while something is sent: a reload could need the file again. */
function NewVersion() {
  return (
    <p class="new-version" role="status">
      {t('version.new')}{' '}
      <button type="button" class="link" onClick={() => location.reload()}>
        {t('version.reload')}
      </button>
    </p>
  );
}

function UsageLink() {
  if (limits.value === null) return null;
  const { usage, max_storage_bytes } = limits.value;
  return (
    <a class="top-usage figures" href="#/settings/usage">
      {t('usage.of', { used: bytes(usage.storage_bytes), limit: bytes(max_storage_bytes) })}
    </a>
  );
}

function UserMenu() {
  return (
    <Menu label={t('menu')} icon="person">
      <p class="menu-who">{user.value?.email}</p>
      <a class="button quiet" href="#/settings/account">
        {t('settings')}
      </a>
      {isAdmin() && (
        <a class="button quiet" href="#/admin/users">
          {t('admin')}
        </a>
      )}
      <a class="button quiet" href="#/check">
        {t('check')}
      </a>
      <a class="button quiet" href="#/help">
        {t('help')}
      </a>
      <Button
        kind="quiet"
        onClick={() => {
          isListShown.value = true;
        }}
      >
        {t('shortcuts.title')}
      </Button>
      <Button kind="quiet" onClick={() => leave()}>
        {t('logout')}
      </Button>
    </Menu>
  );
}
