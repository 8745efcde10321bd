// Charts of flow table, event ring and memory over the last hour.

import { ask, bytes, el, failure, svg, whole } from './dom.js';

const WIDTH = 600;
const HEIGHT = 130;
const BELOW = 18;
const CHARTS = [
  { title: 'Flow table', format: whole, lines: [{ key: 'flows', name: 'tracked now' }, { key: 'flowsLimit', name: 'limit', isBound: true }] },
  { title: 'Ring of events', format: whole, lines: [{ key: 'eventsWaiting', name: 'waiting' }, { key: 'eventsLost', name: 'lost since the start' }] },
  { title: 'Memory', format: bytes, lines: [{ key: 'residentBytes', name: 'process' }, { key: 'heapBytes', name: 'Java heap' }] },
];

function last(values) {
  return values.length ? values[values.length - 1] : null;
}

function path(values, capacity, top) {
  const step = WIDTH / (capacity - 1);
  const start = WIDTH - (values.length - 1) * step; // the newest is at the right edge
  let isDown = false;
  return values.map((value, i) => {
    if (value === null) {
      isDown = false;
      return '';
    }
    const verb = isDown ? 'L' : 'M';
    isDown = true;
    return `${verb}${(start + i * step).toFixed(1)} ${(HEIGHT - (HEIGHT - 10) * value / top).toFixed(1)}`;
  }).join('');
}

/** Returns the top of the scale. A limit only shows if it is near: else the values below it would be a flat line. */
function height(lines, data) {
  const values = lines.filter((line) => !line.isBound).flatMap((line) => data[line.key]).filter((value) => value !== null);
  return Math.max(1, ...values) * 1.1;
}

function chart({ title, format, lines }, data) {
  const known = lines.filter((line) => data[line.key].some((value) => value !== null));
  if (!known.length) {
    return el('section', {}, el('h3', {}, title), el('p', { class: 'none' }, 'not counted in this mode'));
  }
  const top = height(known, data);
  const words = known.map((line) => `${line.name}: ${format(last(data[line.key]))}`);
  const drawn = known.map((line, i) => svg('path', { class: `line line-${i}`, d: path(data[line.key].map((value) =>
    (value !== null && value > top ? null : value)), data.capacity, top) }));
  return el('section', {},
    el('h3', {}, title),
    el('p', { class: 'legend' }, ...known.map((line, i) => el('span', { class: `key key-${i}` }, words[i]))),
    svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT + BELOW}`, role: 'img', 'aria-label': `${title} over the last hour; now ${words.join(', ')}` },
      svg('path', { class: 'axis', d: `M0 ${HEIGHT} H${WIDTH} M0 10 H${WIDTH}` }),
      svg('text', { x: 2, y: 22, class: 'words' }, format(Math.round(top))),
      svg('text', { x: 2, y: HEIGHT + 14, class: 'words' }, 'an hour ago'),
      svg('text', { x: WIDTH - 2, y: HEIGHT + 14, class: 'words', 'text-anchor': 'end' }, 'now'),
      ...drawn));
}

export function open(root) {
  const body = el('div', { class: 'charts' });
  let isOpen = true;
  root.append(el('h2', {}, 'The last hour'), body);
  const load = async () => {
    try {
      const data = await ask('gauges');
      if (isOpen) {
        body.replaceChildren(...CHARTS.map((one) => chart(one, data)));
      }
    } catch (refusal) {
      if (isOpen) {
        body.replaceChildren(failure(refusal.message));
      }
    }
  };
  load();
  const timer = setInterval(load, 10_000);
  return { close: () => { isOpen = false; clearInterval(timer); } };
}
