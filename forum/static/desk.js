/* The desk's own: keys of one letter, and one sentence when something changed meanwhile. Makes no markup. Everything works
   without it: every key presses a button that stands on the page. A question for news renews neither lease nor session. */
'use strict';

(() => {
  const EVERY_MS = 10_000;
  const SLOWEST_MS = 160_000;
  const TYPING = 'textarea, select, input:not([type=radio], [type=checkbox]), [contenteditable]';

  const keys = document.getElementById('keys');
  const press = (button) => {
    if (!button || button.closest('[hidden]')) return false;
    button.click();
    return true;
  };
  const pressKey = (name) => press(document.querySelector(`[data-key="${name}"]`));

  /* A case is a row with the button that opens it; j and k go from one to the next, and stay at the ends. */
  const OPENS = 'form[action$="/open"] .act';
  const rows = () => [...document.querySelectorAll(`main li.row ${OPENS}`)];
  const go = (step) => {
    const all = rows();
    const at = all.findIndex((act) => act.closest('li.row').contains(document.activeElement));
    const to = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    all[to]?.focus({ focusVisible: true });
    all[to]?.closest('li.row').scrollIntoView({ block: 'nearest' });
    return all.length > 0;
  };
  const open = () => press(document.activeElement?.closest?.('li.row')?.querySelector(OPENS));
  const choose = (digit) => {
    const choice = document.querySelector(`#decision input[name=outcome][accesskey="${digit}"]`);
    if (!choice) return false;
    choice.checked = true;
    choice.focus({ focusVisible: true });
    choice.dispatchEvent(new Event('change', { bubbles: true }));
    return true;
  };
  let before = null;
  const explain = () => {
    keys.open = !keys.open;
    if (keys.open) {
      before = document.activeElement;
      keys.querySelector('summary').focus();
      keys.scrollIntoView({ block: 'nearest' });
    } else {
      (before ?? document.body).focus();
    }
    return true;
  };

  const ACTS = { j: () => go(1), k: () => go(-1), o: open, '?': explain };
  for (const key of 'ntu') ACTS[key] = () => pressKey(key);
  for (const digit of '123456789') ACTS[digit] = () => choose(digit);

  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.repeat || event.defaultPrevented) return;
    const typing = event.target.closest?.(TYPING);
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && typing?.form?.id === 'decision') {
      if (press(typing.form.querySelector('[data-key=n]'))) event.preventDefault();
      return;
    }
    if (!keys || !('keys' in keys.dataset) || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape' && keys.open && keys.contains(document.activeElement)) explain();
    const act = event.shiftKey && event.key !== '?' ? undefined : ACTS[event.key];
    if (act?.()) event.preventDefault();
  });

  /* What can be taken back for seconds is not offered any longer than that. */
  for (const offer of document.querySelectorAll('[data-gone-in]')) {
    setTimeout(() => { offer.hidden = true; }, Number(offer.dataset.goneIn) * 1000);
  }

  /* News: asked for while somebody can see the page, and never in a hurry. */
  const place = document.querySelector('[data-live]');
  if (!place) return;
  const note = place.querySelector('.note');
  const said = place.querySelector('[data-said]');
  const address = new URL(place.dataset.live, location.href);
  let wait = EVERY_MS;
  let timer = 0;
  let asked = performance.now();

  const show = (words) => {
    if (words) said.textContent = words;
    note.hidden = false;
  };
  const ask = async () => {
    asked = performance.now();
    const answer = await fetch(address, { redirect: 'manual', cache: 'no-store' });
    if (answer.type === 'opaqueredirect' || answer.status === 403) {
      show(place.dataset.ended);
      return false;
    }
    if (answer.status === 204) return true;
    if (!answer.ok) throw new Error('later');
    const news = await answer.json();
    address.searchParams.set('v', news.v);
    show(news.said);
    return true;
  };
  const plan = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(round, ms);
  };
  const round = async () => {
    if (document.visibilityState !== 'visible') return;
    try {
      const goesOn = await ask();
      wait = EVERY_MS;
      if (!goesOn) return;
    } catch {
      wait = Math.min(wait * 2, SLOWEST_MS);
    }
    plan(wait);
  };
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') plan(Math.max(wait - (performance.now() - asked), 0));
  });
  addEventListener('pagehide', () => clearTimeout(timer));
  plan(wait);
})();
