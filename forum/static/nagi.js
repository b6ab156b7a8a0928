/* Only enhances: every page works without it. No markup is ever made from text (trusted types are off limits).
   Threats met here: somebody looks over the shoulder, takes the device, or presses Back after the writer has left. */
'use strict';

(() => {
  const root = document.documentElement;
  const SHIFT_WINDOW_MS = 1500;
  const SUBMIT_PAUSE_MS = 3000;
  const LETTERS_NEAR_LIMIT = 300;
  const SHARE_NEAR_LIMIT = 0.1;

  root.classList.add('js');

  /* Leaving: first nothing is to be seen, then the page is replaced, so that Back does not lead here. */
  const blank = () => {
    root.classList.add('gone');
    document.body.replaceChildren();
  };
  const exitLink = document.querySelector('a.exit');
  const exitTarget = exitLink ? exitLink.href : '';

  const leave = () => {
    blank();
    location.replace(exitTarget);
  };
  if (exitLink) {
    exitLink.addEventListener('click', (event) => {
      event.preventDefault();
      leave();
    });
  }

  let shifts = [];
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Shift') {
      shifts = [];
      return;
    }
    if (event.repeat || event.isComposing || !exitTarget) return;
    const now = event.timeStamp;
    shifts = [...shifts.filter((at) => now - at <= SHIFT_WINDOW_MS), now];
    if (shifts.length >= 3) leave();
  }, true);

  /* A page kept whole in memory would come back with its text: empty it, and fetch it anew on return. */
  addEventListener('pagehide', blank);
  addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });

  /* The picture of the app in the task switcher must show no words. Opacity keeps the cursor where it was. */
  const cover = () => root.classList.toggle('covered', document.visibilityState === 'hidden');
  document.addEventListener('visibilitychange', cover);
  cover();

  /* The browser inside another app (LINE, Yahoo!, Facebook …) may keep what was opened: say so. Told to nobody. */
  const INSIDE = /\bLine\/|FBA[NV]\/|Instagram|Twitter|YJApp|KAKAOTALK|MicroMessenger|GSA\/|; wv\)/;
  const insideHint = document.querySelector('[data-inside]');
  if (insideHint && INSIDE.test(navigator.userAgent)) insideHint.hidden = false;

  /* The small menu of a post closes on a tap outside and on Escape. */
  const openMenus = () => document.querySelectorAll('details.more[open]');
  document.addEventListener('click', (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });

  /* A second press within three seconds is the same press. Nothing is disabled, so nothing can stay stuck. */
  const sentAt = new WeakMap();
  document.addEventListener('submit', (event) => {
    const now = performance.now();
    if (now - (sentAt.get(event.target) ?? -SUBMIT_PAUSE_MS) < SUBMIT_PAUSE_MS) event.preventDefault();
    else sentAt.set(event.target, now);
  });

  /* Fold one person for as long as this page is open: nothing is kept anywhere. `data-fold` names the person here. */
  const foldWords = document.querySelector('[data-fold]')?.textContent ?? '';
  const foldPerson = (link) => {
    const away = link.closest('.post').classList.contains('away');
    for (const own of document.querySelectorAll('[data-fold]')) {
      if (own.dataset.fold !== link.dataset.fold) continue;
      own.closest('.post').classList.toggle('away', !away);
      own.textContent = away ? foldWords : document.body.dataset.unfold;
    }
    const menu = link.closest('details');
    menu.open = false;
    menu.querySelector('summary').focus();
  };
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('[data-fold]');
    if (!link) return;
    event.preventDefault();
    foldPerson(link);
  });

  /* An opening goes in where the cursor is, and the page stays. Typed words are undone as ever. */
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('button[data-opening]');
    const area = button && document.getElementById(button.dataset.opening);
    if (!area) return;
    event.preventDefault();
    const before = area.value.slice(0, area.selectionStart);
    const gap = before && !before.endsWith('\n') ? '\n' : '';
    area.setRangeText(`${gap}${button.textContent.trim()}\n`, area.selectionStart, area.selectionEnd, 'end');
    area.focus();
    area.dispatchEvent(new Event('input', { bubbles: true }));
  });

  /* Letters left: silent until the end is near. The words stand in the page, in its language. */
  const countLetters = (area) => {
    const place = document.getElementById(area.dataset.left);
    if (!place) return;
    const limit = Number(area.dataset.limit);
    const left = limit - [...area.value].length;
    const words = left < 0 ? place.dataset.over : place.dataset.near;
    place.hidden = left > Math.min(LETTERS_NEAR_LIMIT, limit * SHARE_NEAR_LIMIT);
    place.textContent = place.hidden ? '' : words.replace('{n}', String(Math.abs(left)));
  };
  for (const area of document.querySelectorAll('textarea[data-limit]')) {
    area.addEventListener('input', () => countLetters(area));
    countLetters(area);
  }
})();
