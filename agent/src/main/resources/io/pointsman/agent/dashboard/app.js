// Shows the view that the address names after #, and the line with the agent's state.

import { el } from './dom.js';
import { listen } from './live.js';
import * as services from './services.js';
import * as service from './service.js';
import * as explain from './explain.js';
import * as flows from './flows.js';
import * as problems from './problems.js';
import * as gauges from './gauges.js';

const VIEWS = { services, service, explain, flows, problems, gauges };
const main = document.getElementById('main');
const stateLine = document.getElementById('state');
let shown = { close() {}, state() {} };
let closeStream = () => {};

/** Parses the address: #/service/default/web?a=b is the view service with the arguments default and web. */
function place() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, ...words] = path.split('/').map((word) => {
    try {
      return decodeURIComponent(word);
    } catch {
      return word;
    }
  });
  return Object.hasOwn(VIEWS, name)
    ? { name, words, parameters: new URLSearchParams(query) }
    : { name: 'services', words: [], parameters: new URLSearchParams() };
}

function showState(state) {
  const isWell = state.healthy && state.errors === 0;
  stateLine.className = isWell ? 'well' : 'ill';
  stateLine.replaceChildren(
    el('strong', {}, state.healthy ? 'healthy' : 'not healthy'),
    ` · ${state.mode} on ${state.node} · plan ${state.planVersion}, ${state.rulesInForce} of ${state.rules} rules in force`,
  );
  const count = state.errors + state.warnings;
  document.getElementById('problem-count').replaceChildren(count ? String(count) : '');
  shown.state(state);
}

function showSilence() {
  stateLine.className = 'ill';
  stateLine.replaceChildren('the agent does not answer, or the maximum number of pages is open; trying again …');
}

let subscribed = {};

function subscribe(parameters) {
  subscribed = parameters;
  closeStream();
  closeStream = listen(parameters, { state: showState, silent: showSilence, flows: (data) => shown.flows?.(data) });
}

function route() {
  if (location.hash === '#main') {
    main.focus();
    return;
  }
  const { name, words, parameters } = place();
  shown.close();
  main.replaceChildren();
  main.dataset.view = name;
  for (const link of document.querySelectorAll('nav a')) {
    const isHere = link.getAttribute('href') === `#/${name === 'service' ? 'services' : name}`;
    link.toggleAttribute('aria-current', isHere);
    if (isHere) {
      link.setAttribute('aria-current', 'page');
    }
  }
  document.title = `Pointsman – ${words.length ? words.join('/') : name}`;
  shown = { close() {}, state() {}, ...VIEWS[name].open(main, { words, parameters, subscribe }) };
  if (!shown.flows) {
    subscribe({});
  }
}

/** A hidden page sends no requests. */
addEventListener('visibilitychange', () => {
  if (document.hidden) {
    closeStream();
  } else {
    subscribe(subscribed);
  }
});
addEventListener('hashchange', () => {
  route();
  if (!main.contains(document.activeElement)) {
    main.focus({ preventScroll: true });
  }
});
route();
