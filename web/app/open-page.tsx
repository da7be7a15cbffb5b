import type { ComponentChildren } from 'preact';
import { Languages } from './accounts/card';
import { Brand } from './ui/icons';
import { t } from './words';

/** The frame of what everybody may read, for those who are not logged in. */
export function OpenPage({ children }: { children: ComponentChildren }) {
  return (
    <>
      <header class="top">
        <div class="top-inner wrap">
          <Brand />
          <Languages />
          <a class="button quiet" href="#/login">
            {t('login.action')}
          </a>
        </div>
      </header>
      <main id="content" class="wrap">
        {children}
      </main>
    </>
  );
}
