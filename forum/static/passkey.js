/* Asks the device for a passkey, puts its answer into the form and sends it. Makes no markup. Everything works without it:
   name, password and code are the other way. */
'use strict';

(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytesOf = (text) => {
    const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const textOf = (buffer) => {
    let plain = '';
    for (const byte of new Uint8Array(buffer)) plain += String.fromCharCode(byte);
    return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  };

  const challengeFor = async (part, form) => {
    const sent = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, aim: part.dataset.passkey });
    const answer = await fetch(part.dataset.challenge, { method: 'POST', body: sent });
    if (!answer.ok || answer.redirected) throw new Error('no challenge');
    return answer.json();
  };

  const made = async (options) => navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytesOf(options.challenge),
      user: { ...options.user, id: bytesOf(options.user.id) },
      excludeCredentials: (options.excludeCredentials ?? []).map((one) => ({ ...one, id: bytesOf(one.id) })),
    },
  });
  const shown = async (options) => navigator.credentials.get({
    publicKey: { ...options, challenge: bytesOf(options.challenge), allowCredentials: [] },
  });

  const FIELDS = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'];
  const asText = (key) => JSON.stringify({
    id: key.id,
    rawId: textOf(key.rawId),
    type: key.type,
    response: Object.fromEntries(
      FIELDS.filter((name) => key.response[name]).map((name) => [name, textOf(key.response[name])]),
    ),
    clientExtensionResults: {},
  });

  for (const part of document.querySelectorAll('[data-passkey]')) {
    const form = part.closest('form');
    const button = part.querySelector('button');
    const line = form.querySelector('[data-passkey-said]');
    part.hidden = false;
    button.addEventListener('click', async () => {
      button.disabled = true;
      line.textContent = part.dataset.waiting;
      try {
        const { box, options } = await challengeFor(part, form);
        const key = await (part.dataset.passkey === 'new' ? made(options) : shown(options));
        form.elements.box.value = box;
        form.elements.answer.value = asText(key);
        form.requestSubmit();
      } catch {
        line.textContent = part.dataset.failed;
      }
      button.disabled = false;
    });
  }
})();
