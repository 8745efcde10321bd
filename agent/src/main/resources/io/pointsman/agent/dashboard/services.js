// Shows the Services with their rates: a list with elements only for visible rows. The agent sorts and filters.

import { ask, byteRate, el, failure, rate, whole } from './dom.js';

const COLUMNS = [
  { name: 'Service', sort: 'name', text: (row) => `${row.namespace}/${row.service}` },
  { name: 'Port', text: (row) => `${row.port ? `${row.port}/` : ''}${row.protocol}` },
  { name: 'Address', text: (row) => address(row) },
  { name: 'Endpoints', sort: 'endpoints', number: true, text: (row) => `${row.endpoints} (${row.localEndpoints} here)` },
  { name: 'Now', sort: 'connections', number: true, text: (row) => whole(row.connectionsNow) },
  { name: 'Opened', sort: 'rate', number: true, text: (row) => rate(row.connectionsPerSecond) },
  { name: 'Bytes', sort: 'bytes', number: true, text: (row) => byteRate(row.bytesPerSecond) },
  { name: 'Refused', sort: 'refused', number: true, text: (row) => whole(refused(row)) },
  { name: 'Problems', sort: 'problems', number: true, text: (row) => (row.problems ? `⚠ ${row.problems}` : '') },
];
const ROWS_BEYOND = 20;
const MOST_ROWS = 200;

/** Number of Services from which figures are requested only at every second state event: the agent has to read all of them. */
const MANY = 2000;

function address(row) {
  const more = row.addresses.length - 1;
  return row.addresses.length ? `${row.addresses[0]}${more > 0 ? ` +${more}` : ''}` : '–';
}

function refused(row) {
  const all = Object.values(row.refused);
  return all.length ? all.reduce((sum, one) => sum + one, 0) : undefined;
}

/** Returns the address of a Service's own view. */
export function link(namespace, name) {
  return `#/service/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
}

class List {
  constructor(root) {
    this.rows = [];
    this.offset = 0;
    this.lines = new WeakMap();
    this.version = 0;
    this.matching = 0;
    this.active = 0;
    this.sort = 'name';
    this.text = '';
    this.asked = 0;
    this.all = 0;
    this.signs = 0;
    this.filter = el('input', { type: 'search', id: 'filter', placeholder: 'name, port', autocomplete: 'off',
      spellcheck: 'false', input: () => this.look(this.filter.value, this.sort) });
    this.count = el('output', { for: 'filter' });
    this.message = el('div');
    this.head = el('div', { role: 'row', class: 'row head' }, ...COLUMNS.map((column) => this.header(column)));
    this.space = el('div', { class: 'space', role: 'rowgroup' });
    this.viewport = el('div', { class: 'viewport', role: 'presentation', scroll: () => this.scrolled() }, this.space);
    this.grid = el('div', { role: 'grid', class: 'grid', tabindex: '0', 'aria-label': 'Services', keydown: (event) => this.key(event) },
      el('div', { role: 'rowgroup' }, this.head), this.viewport);
    root.append(
      el('h2', {}, 'Services'),
      el('div', { class: 'tools' }, el('label', { for: 'filter' }, 'Filter'), this.filter, this.count,
        el('span', { class: 'hint' }, '/ filters, ↑ ↓ choose, Enter opens')),
      this.message, this.grid);
    this.resized = () => this.scrolled();
    addEventListener('resize', this.resized);
    this.load();
  }

  header(column) {
    const attributes = { role: 'columnheader', class: column.number ? 'number' : '' };
    return column.sort
      ? el('div', { ...attributes, 'data-sort': column.sort, 'aria-sort': 'none' },
        el('button', { type: 'button', click: () => this.look(this.text, column.sort) }, column.name))
      : el('div', attributes, column.name);
  }

  look(text, sort) {
    this.text = text;
    this.sort = sort;
    this.active = 0;
    this.viewport.scrollTop = 0;
    this.load();
  }

  rowHeight() {
    return Number.parseFloat(getComputedStyle(this.grid).getPropertyValue('--row')) || 36;
  }

  /** Returns the range of visible rows, and some beyond. */
  window() {
    const height = this.rowHeight();
    const first = Math.max(0, Math.floor(this.viewport.scrollTop / height) - ROWS_BEYOND);
    const count = Math.ceil(this.viewport.clientHeight / height) + 2 * ROWS_BEYOND;
    return { first, count: Math.min(MOST_ROWS, Math.max(1, count)) };
  }

  async load() {
    this.asked += 1;
    const mine = this.asked;
    const { first, count } = this.window();
    try {
      const answer = await ask('services', { text: this.text, sort: this.sort, offset: first, limit: count, have: this.version });
      if (mine !== this.asked) {
        return; // another request is under way, with the version that is still shown
      }
      const before = this.rows;
      this.rows = answer.rows.map((row, i) => row ?? before[i]); // null: unchanged
      this.version = answer.version;
      this.offset = answer.offset;
      this.matching = answer.matching;
      this.all = answer.all;
      this.active = Math.max(0, Math.min(this.active, this.matching - 1));
      this.count.replaceChildren(answer.matching === answer.all
        ? `${whole(answer.all)} service ports` : `${whole(answer.matching)} of ${whole(answer.all)} service ports`);
      this.message.replaceChildren();
      this.draw();
    } catch (refusal) {
      this.version = 0;
      if (mine === this.asked) {
        this.message.replaceChildren(failure(refusal.message));
      }
    }
  }

  refresh() {
    this.signs += 1;
    if (this.all < MANY || this.signs % 2 === 0) {
      this.load();
    }
  }

  scrolled() {
    const { first, count } = this.window();
    const last = Math.min(this.matching, first + count);
    if (first < this.offset || last > this.offset + this.rows.length) {
      this.load();
    }
  }

  draw() {
    const height = this.rowHeight();
    this.space.style.height = `${this.matching * height}px`;
    this.grid.setAttribute('aria-rowcount', String(this.matching + 1));
    this.space.replaceChildren(...this.rows.map((row, i) => this.line(row, this.offset + i, height)));
    for (const header of this.head.querySelectorAll('[data-sort]')) {
      const isSorted = header.dataset.sort === this.sort;
      header.setAttribute('aria-sort', !isSorted ? 'none' : this.sort === 'name' ? 'ascending' : 'descending');
    }
    this.mark();
  }

  /** Returns the element of a row; a new one only if the row has changed. */
  line(row, index, height) {
    const line = this.lines.get(row) ?? this.row(row, index);
    this.lines.set(row, line);
    line.style.transform = `translateY(${index * height}px)`;
    return line;
  }

  row(row, index) {
    const cells = COLUMNS.map((column, i) => {
      const text = column.text(row);
      const attributes = { role: 'gridcell', class: column.number ? 'number' : '', 'data-name': column.name, title: text };
      return el('div', attributes, i === 0 ? el('a', { href: link(row.namespace, row.service), tabindex: '-1' }, text) : text);
    });
    return el('div', { role: 'row', class: 'row', id: `row-${index}`, 'aria-rowindex': String(index + 2),
      click: () => { this.active = index; this.mark(); } }, ...cells);
  }

  mark() {
    for (const row of this.space.children) {
      row.classList.toggle('active', row.id === `row-${this.active}`);
    }
    this.grid.setAttribute('aria-activedescendant', `row-${this.active}`);
  }

  move(to) {
    this.active = Math.max(0, Math.min(this.matching - 1, to));
    const height = this.rowHeight();
    const top = this.active * height;
    if (top < this.viewport.scrollTop) {
      this.viewport.scrollTop = top;
    } else if (top + height > this.viewport.scrollTop + this.viewport.clientHeight) {
      this.viewport.scrollTop = top + height - this.viewport.clientHeight;
    }
    this.mark();
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.viewport.clientHeight / this.rowHeight()) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.matching, End: this.matching };
    if (event.target.closest('button') || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    if (Object.hasOwn(steps, event.key)) {
      event.preventDefault();
      this.move(this.active + steps[event.key]);
    } else if (event.key === 'Enter') {
      const row = this.rows[this.active - this.offset];
      if (row) {
        location.hash = link(row.namespace, row.service);
      }
    }
  }
}

export function open(root) {
  const list = new List(root);
  const shortcut = (event) => {
    if (event.key === '/' && !(event.target instanceof HTMLInputElement)) {
      event.preventDefault();
      list.filter.focus();
    }
  };
  addEventListener('keydown', shortcut);
  return {
    state: () => list.refresh(),
    close() {
      removeEventListener('keydown', shortcut);
      removeEventListener('resize', list.resized);
      list.asked = -1;
    },
  };
}
