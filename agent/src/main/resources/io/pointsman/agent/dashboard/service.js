// Shows one Service: figures, which clients reach it by which address and how, its endpoints, and its problems.

import { ask, byteRate, bytes, el, failure, rate, whole } from './dom.js';
import { list as problemList } from './problems.js';

const MOST_ENDPOINTS = 200;
const ORIGINS = { fromPods: 'pods of this node', fromNode: 'this node itself', fromOutside: 'external clients' };

function table(caption, heads, rows) {
  return el('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': caption },
    el('table', {}, el('caption', {}, caption),
      el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col' }, head)))),
      el('tbody', {}, ...rows.map((cells) => el('tr', {}, ...cells.map((cell) => el('td', {}, cell)))))));
}

function portName(port) {
  return `${port.port ? `${port.port}/` : ''}${port.protocol}`;
}

function figures(rows) {
  return table('Figures', ['Port', 'Now', 'Opened', 'In all', 'Bytes', 'From clients', 'To clients', 'Refused'],
    rows.map((row) => [
      portName(row), whole(row.connectionsNow), rate(row.connectionsPerSecond), whole(row.connections),
      byteRate(row.bytesPerSecond), bytes(row.bytesFromClients), bytes(row.bytesToClients),
      Object.entries(row.refused).map(([reason, count]) => `${whole(count)} ${reason}`).join(', ') || '–',
    ]));
}

function fate(action, pools) {
  if (action.action !== 'forward') {
    return { drop: 'dropped', reject: 'rejected', pass: 'left to the host' }[action.action] ?? action.action;
  }
  const count = (pools[action.pool] ?? []).length;
  return `to ${count} endpoint${count === 1 ? '' : 's'}, which see${count === 1 ? 's' : ''} the ${action.source}`;
}

function dialed(rule) {
  const address = rule.address.includes(':') ? `[${rule.address}]` : rule.address;
  return `${address}:${rule.port}`;
}

function policies(port) {
  const heads = ['Address', 'Kind', ...Object.values(ORIGINS).map((words) => `From ${words}`), 'Endpoint chosen', 'Only for', ''];
  return table(`Clients of ${portName(port)}: which may connect, and how`, heads, port.rules.map((rule) => [
    rule.kind === 'node-port' ? `node port ${rule.port}` : dialed(rule),
    rule.kind,
    ...Object.keys(ORIGINS).map((origin) => fate(rule[origin], port.pools)),
    `${rule.balancing}${rule.affinity ? `, kept for a client: ${rule.affinity}` : ''}`,
    rule.allowedSources.join(', ') || 'all clients',
    rule.kind === 'node-port' ? '' : el('a', { href: `#/explain?${new URLSearchParams({ to: dialed(rule), protocol: port.protocol.toLowerCase() })}` }, 'explain'),
  ]));
}

function endpoints(port) {
  const found = new Map();
  for (const [pool, members] of Object.entries(port.pools)) {
    for (const one of members) {
      const key = `${one.address} ${one.port}`;
      const known = found.get(key) ?? { ...one, pools: [] };
      known.pools.push(pool);
      found.set(key, known);
    }
  }
  const all = [...found.values()];
  const shown = all.slice(0, MOST_ENDPOINTS);
  const more = all.length - shown.length;
  return el('div', {},
    table(`Endpoints of ${portName(port)}: ${whole(all.length)}`, ['Address', 'Where', 'Weight', 'In'],
      shown.map((one) => [`${one.address.includes(':') ? `[${one.address}]` : one.address}:${one.port}`,
        one.local ? 'this node' : 'another node', String(one.weight), one.pools.join(', ')])),
    more > 0 ? el('p', { class: 'hint' }, `and ${whole(more)} more, which pointsman plan lists`) : '');
}

function content(detail) {
  const checks = detail.plan.healthChecks.map((check) =>
    `health check node port ${check.port}: ${check.localEndpoints} endpoints here`);
  return [
    el('section', {}, el('h3', {}, 'Problems'), problemList(detail.problems, detail.problemsInAll)),
    figures(detail.rows),
    ...detail.plan.ports.flatMap((port) => [policies(port), endpoints(port)]),
    checks.length ? el('p', {}, checks.join('; ')) : '',
  ];
}

export function open(root, { words }) {
  const [namespace = '', ...rest] = words;
  const name = `${namespace}/${rest.join('/')}`;
  const body = el('div', {});
  let isOpen = true;
  let last = '';
  root.append(el('p', {}, el('a', { href: '#/services' }, '← all Services')), el('h2', {}, name), body);
  const load = async () => {
    try {
      const detail = await ask('service', { name });
      const text = JSON.stringify(detail);
      if (isOpen && text !== last) { // else the text that a user reads or has selected would go away
        last = text;
        body.replaceChildren(...content(detail).filter((part) => part !== ''));
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
