// Explains a connection: the path of its packets as a picture, and the engine's steps.

import { ask, el, failure } from './dom.js';
import { picture } from './picture.js';

const FIELDS = [
  { name: 'from', label: 'Client', example: '10.244.3.8', required: true },
  { name: 'to', label: 'Dials', example: '10.96.0.1:80', required: true },
  { name: 'interface', label: 'Comes in on', example: 'any', required: false },
];

function field({ name, label, example, required }, parameters) {
  return el('label', {}, `${label} `, el('input', { name, value: parameters.get(name) ?? '', placeholder: example, required,
    autocomplete: 'off', spellcheck: 'false', autocapitalize: 'none', size: name === 'interface' ? '7' : '20' }));
}

function protocol(parameters) {
  const chosen = parameters.get('protocol') ?? 'tcp';
  return el('label', {}, 'Protocol ', el('select', { name: 'protocol' },
    ...['tcp', 'udp', 'sctp'].map((word) => el('option', { value: word, selected: word === chosen }, word.toUpperCase()))));
}

function steps(explanation) {
  return el('ol', { class: 'steps' }, ...explanation.steps.map((step) =>
    el('li', {}, el('span', { class: 'kind' }, step.kind.replaceAll('-', ' ')), ' ', step.words)));
}

/** Draws one of several endpoints; the others can be selected. */
function drawn(explanation) {
  const place = el('div', { class: 'picture' }, picture(explanation, explanation.targets[0]));
  if (explanation.targets.length < 2) {
    return place;
  }
  const choice = el('select', { change: () => place.replaceChildren(picture(explanation, explanation.targets[choice.selectedIndex])) },
    ...explanation.targets.slice(0, 100).map((target) => el('option', {}, target.endpoint)));
  return el('div', {}, el('label', {}, `One of ${explanation.targets.length} endpoints; drawn: `, choice), place);
}

export function open(root, { parameters }) {
  const answer = el('div', { 'aria-live': 'polite' });
  let isOpen = true;
  const form = el('form', {
    class: 'tools',
    submit: (event) => {
      event.preventDefault();
      const given = [...new FormData(form)].filter(([, value]) => value !== '');
      const wanted = `#/explain?${new URLSearchParams(given)}`;
      if (location.hash === wanted) {
        show();
      } else {
        location.hash = wanted;
      }
    },
  }, ...FIELDS.slice(0, 2).map((one) => field(one, parameters)), protocol(parameters), field(FIELDS[2], parameters),
  el('button', { type: 'submit' }, 'Explain'));
  root.append(el('h2', {}, 'Path of a packet'),
    el('p', { class: 'hint' }, 'Decided by the plan in force; no packet is sent.'), form, answer);

  async function show() {
    try {
      const explanation = await ask('explain', Object.fromEntries(parameters));
      if (isOpen) {
        answer.replaceChildren(
          el('p', { class: 'outcome' }, explanation.outcome),
          el('div', { class: 'way' }, drawn(explanation), el('div', {}, el('h3', {}, 'Step by step'), steps(explanation))),
          ...explanation.notes.map((note) => el('p', { class: 'note' }, note)));
      }
    } catch (refusal) {
      if (isOpen) {
        answer.replaceChildren(failure(refusal.message));
      }
    }
  }

  if (parameters.get('from') && parameters.get('to')) {
    show();
  } else {
    form.elements.from.focus({ preventScroll: true });
  }
  return { close: () => { isOpen = false; } };
}
