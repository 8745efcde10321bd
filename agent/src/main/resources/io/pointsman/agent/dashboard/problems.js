// Shows the current problems, and what to do about them.

import { ask, el, failure, whole } from './dom.js';
import { link } from './services.js';

function article(problem) {
  const where = problem.service
    ? el('a', { href: link(...parts(problem.service)) }, problem.where)
    : problem.where;
  return el('li', { class: problem.severity },
    el('p', { class: 'where' }, el('span', { class: 'badge' }, problem.severity), ' ', where,
      el('span', { class: 'hint' }, ` · ${problem.origin}`)),
    el('p', { class: 'reason' }, problem.reason));
}

function parts(service) {
  const slash = service.indexOf('/');
  return [service.slice(0, slash), service.slice(slash + 1)];
}

/** Lists problems; inAll includes those that are not listed. */
export function list(problems, inAll) {
  if (!problems.length) {
    return el('p', { class: 'none' }, 'none');
  }
  const more = inAll - problems.length;
  return el('div', {}, el('ul', { class: 'problems' }, ...problems.map(article)),
    more > 0 ? el('p', { class: 'hint' }, `and ${whole(more)} more, which /status lists`) : '');
}

export function open(root) {
  const body = el('div', { 'aria-live': 'polite' });
  let isOpen = true;
  let last = '';
  root.append(el('h2', {}, 'Problems'),
    el('p', { class: 'hint' }, 'An error: something configured is not in force. A warning: it is in force, but probably not as intended.'), body);
  const load = async () => {
    try {
      const answer = await ask('problems');
      const text = JSON.stringify(answer);
      if (isOpen && text !== last) {
        last = text;
        body.replaceChildren(list(answer.problems, answer.all));
      }
    } catch (refusal) {
      if (isOpen) {
        last = '';
        body.replaceChildren(failure(refusal.message));
      }
    }
  };
  load();
  return { state: load, close: () => { isOpen = false; } };
}
