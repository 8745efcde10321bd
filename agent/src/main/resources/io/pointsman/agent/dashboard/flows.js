// Shows connections as they come and go, newest first.

import { bytes, el, whole } from './dom.js';
import { link } from './services.js';

const MOST_ROWS = 200;
const FILTERS = [
  { name: 'service', label: 'Service', example: 'default/web' },
  { name: 'client', label: 'Client', example: '10.0.0.0/8' },
  { name: 'endpoint', label: 'Endpoint', example: '10.244.1.3' },
];
const HEADS = ['', 'Service', 'Client', 'Dials', 'Endpoint', 'Seen as', 'Carried'];

function tuple(address, port) {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

function row(change) {
  const { original, reply } = change;
  const cells = [
    el('span', { class: `badge ${change.event}` }, change.event),
    change.service ? el('a', { href: link(change.namespace, change.service) }, `${change.namespace}/${change.service}`) : '–',
    `${change.protocol} ${tuple(original.source, original.sourcePort)}`,
    tuple(original.destination, original.destinationPort),
    tuple(reply.source, reply.sourcePort),
    tuple(reply.destination, reply.destinationPort),
    change.event === 'gone' ? `${bytes(change.bytesFromClient)} ⇄ ${bytes(change.bytesToClient)}` : '',
  ];
  return el('tr', {}, ...cells.map((cell, i) => el('td', { 'data-name': HEADS[i] }, cell)));
}

export function open(root, { parameters, subscribe }) {
  let isPaused = false;
  let leftOut = 0;
  const told = el('p', { class: 'hint', role: 'status' }, 'waiting for connections …');
  const rows = el('tbody');
  const pause = el('button', { type: 'button', 'aria-pressed': 'false', click: () => {
    isPaused = !isPaused;
    pause.setAttribute('aria-pressed', String(isPaused));
    pause.replaceChildren(isPaused ? 'Go on' : 'Pause');
  } }, 'Pause');
  const form = el('form', {
    class: 'tools',
    submit: (event) => {
      event.preventDefault();
      location.hash = `#/flows?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ''))}`;
    },
  }, ...FILTERS.map(({ name, label, example }) => el('label', {}, `${label} `, el('input', {
    name, value: parameters.get(name) ?? '', placeholder: example, autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', size: '14',
  }))), el('button', { type: 'submit' }, 'Filter'), pause);
  root.append(el('h2', {}, 'Connections'), form, told,
    el('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': 'Connections as they come and go' },
      el('table', { class: 'flows' }, el('thead', {}, el('tr', {}, ...HEADS.map((head) => el('th', { scope: 'col' }, head)))), rows)));
  subscribe({ flows: '1', ...Object.fromEntries(parameters) });
  return {
    flows(news) {
      leftOut += news.leftOut;
      if (news.trouble) {
        told.className = 'failure';
        told.replaceChildren(news.trouble);
        return;
      }
      told.className = 'hint';
      told.replaceChildren(`${whole(leftOut)} left out, the list is full`
        + `${news.losses ? `; some were lost ${whole(news.losses)} times, because they came too fast` : ''}`);
      if (!isPaused) {
        rows.prepend(...news.changes.map(row).reverse());
        while (rows.childElementCount > MOST_ROWS) {
          rows.lastElementChild.remove();
        }
      }
    },
  };
}
