// Draws the path of a packet and of its reply, hop by hop, with the addresses that each hop sees. It runs from top to bottom,
// so that it fits a phone.

import { svg } from './dom.js';

const CHARACTER = 6.9;
const MARGIN = 12;
const BOX_HEIGHT = 46;
const HOP = 74;
const LANE = 9;
const LEAST_HALF = 172;

const FATES = { pass: 'left to the host', admit: 'accepted by the node', drop: 'dropped', invalid: 'dropped', reject: 'rejected' };
const GOES_ON = ['pass', 'admit'];

function withPort(address, port) {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

class Drawing {
  constructor(half) {
    this.half = half;
    this.y = MARGIN;
    this.parts = [];
  }

  text(x, y, anchor, style, words) {
    this.parts.push(svg('text', { x, y, 'text-anchor': anchor, class: style }, words));
  }

  box(kind, title, words) {
    const width = Math.min(2 * this.half - 2 * MARGIN, Math.max(180, CHARACTER * Math.max(title.length, words.length) + 28));
    this.parts.push(svg('rect', { class: kind, x: this.half - width / 2, y: this.y, width, height: BOX_HEIGHT, rx: 7 }));
    this.text(this.half, this.y + 19, 'middle', 'title', title);
    this.text(this.half, this.y + 36, 'middle', 'words', words);
    this.y += BOX_HEIGHT;
  }

  /** Draws the packet down on the left, and its reply up on the right, each with its addresses. */
  hop(down, up) {
    const top = this.y + 4;
    const end = this.y + HOP - 4;
    this.arrow(this.half - LANE, top, end, 'packet');
    this.labels(this.half - LANE - 10, 'end', down);
    if (up) {
      this.arrow(this.half + LANE, end, top, 'answer');
      this.labels(this.half + LANE + 10, 'start', up);
    }
    this.y += HOP;
  }

  arrow(x, from, to, style) {
    const back = to > from ? -7 : 7;
    this.parts.push(svg('path', { class: `arrow ${style}`, d: `M${x} ${from} V${to} m-4 ${back} l4 ${-back} l4 ${back}` }));
  }

  labels(x, anchor, { from, to }) {
    const middle = this.y + HOP / 2;
    this.text(x, middle - 4, anchor, 'address', `from ${from}`);
    this.text(x, middle + 13, anchor, 'address', `to ${to}`);
  }

  /** Draws the result if the packet reaches no endpoint. */
  end(words, goesOn) {
    const y = this.y + 24;
    if (goesOn) {
      this.arrow(this.half, this.y + 4, y + 4, 'packet');
    } else {
      this.parts.push(svg('path', { class: 'arrow packet', d: `M${this.half} ${this.y + 4} V${y - 8}` }));
      this.parts.push(svg('path', { class: 'cross', d: `M${this.half - 6} ${y - 6} l12 12 m0 -12 l-12 12` }));
    }
    this.text(this.half, y + 24, 'middle', 'title', words);
    this.y = y + 34;
  }

  frame(top, words) {
    const attributes = { class: 'frame', x: 4, y: top - 20, width: 2 * this.half - 8, height: this.y - top + 30, rx: 10 };
    this.parts.unshift(svg('rect', attributes));
    this.text(14, top - 6, 'start', 'words', words);
    this.y += 12;
  }

  element(label) {
    return svg('svg', { viewBox: `0 0 ${2 * this.half} ${this.y + MARGIN}`, width: 2 * this.half, role: 'img', 'aria-label': label },
      ...this.parts);
  }
}

const CHANGES = {
  kept: () => 'source kept',
  masquerade: (target) => `source becomes ${target.source}`,
  hairpin: (target) => `source becomes ${target.source} (hairpin)`,
  'no-address': () => 'no source address for it',
};

/**
 * Draws an explanation.
 *
 * @param explanation the agent's reply
 * @param target the endpoint to draw, one of those that the packet may go to; undefined for none
 */
export function picture(explanation, target) {
  const { request, node, mode, verdict, outcome } = explanation;
  const client = withPort(request.source, request.sourcePort);
  const dialed = withPort(request.destination, request.destinationPort);
  const isForwarded = verdict === 'forward' && target !== undefined;
  const seen = isForwarded ? (target.sourceChange === 'kept' ? client : target.source) : '';
  const longest = Math.max(client.length, dialed.length, isForwarded ? target.endpoint.length : 0, seen.length) + 6;
  const drawing = new Drawing(Math.max(LEAST_HALF, CHARACTER * longest + LANE + 14));

  drawing.box('client', request.source, 'client');
  drawing.hop({ from: client, to: dialed }, isForwarded ? { from: dialed, to: client } : undefined);
  if (!isForwarded) {
    drawing.box('node', node, `this node, mode ${mode}`);
    drawing.end(FATES[verdict] ?? verdict, GOES_ON.includes(verdict));
    return drawing.element(outcome);
  }
  const isLocal = target.local;
  if (isLocal) {
    drawing.y += 18;
  }
  const top = drawing.y;
  drawing.box('node', isLocal ? CHANGES[target.sourceChange](target) : node,
    isLocal ? `to ${target.endpoint}` : CHANGES[target.sourceChange](target));
  drawing.hop({ from: seen, to: target.endpoint }, { from: target.endpoint, to: seen });
  drawing.box('endpoint', target.endpoint, isLocal ? 'endpoint on this node' : 'endpoint on another node');
  if (isLocal) {
    drawing.frame(top, `${node}, mode ${mode}`);
  }
  return drawing.element(outcome);
}
