// Elements, requests to the agent, and numbers for people. Text is only inserted as text, never as markup.

const SVG = 'http://www.w3.org/2000/svg';

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      node.addEventListener(name, value);
    } else if (value !== false && value !== undefined) {
      node.setAttribute(name, value === true ? '' : value);
    }
  }
  node.append(...children.filter((child) => child !== undefined && child !== ''));
  return node;
}

/** Creates an element. Attributes that are functions become listeners of the event of that name. Children are nodes or text. */
export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Creates an SVG element. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** Sends a request to the agent; fails with the agent's reason if it refuses. */
export async function ask(what, parameters = {}, signal = undefined) {
  const query = new URLSearchParams(parameters).toString();
  let reply;
  try {
    reply = await fetch(`api/${what}${query ? `?${query}` : ''}`, { signal, credentials: 'omit' });
  } catch (failure) {
    throw failure.name === 'AbortError' ? failure : new Error('the agent does not answer');
  }
  if (!reply.ok) {
    throw new Error((await reply.text()).trim() || `the agent answered ${reply.status}`);
  }
  return reply.json();
}

/** Creates a message with the reason why data is missing. */
export function failure(reason) {
  return el('p', { class: 'failure', role: 'alert' }, reason);
}

const WHOLE = new Intl.NumberFormat('en');
const STEPS = ['', 'k', 'M', 'G', 'T', 'P'];

/** Formats 1234 as 1,234, and a figure that is not counted as –. */
export function whole(value) {
  return value === undefined || value === null ? '–' : WHOLE.format(value);
}

function short(value, base) {
  let step = 0;
  let rest = value;
  while (rest >= base && step < STEPS.length - 1) {
    rest /= base;
    step += 1;
  }
  return [step > 0 && rest < 10 ? rest.toFixed(1) : String(Math.round(rest)), STEPS[step]];
}

/** Formats bytes with binary units. */
export function bytes(value) {
  if (value === undefined || value === null) {
    return '–';
  }
  const [digits, step] = short(value, 1024);
  return `${digits} ${step ? `${step === 'k' ? 'K' : step}iB` : 'B'}`;
}

/** Formats a rate per second. */
export function rate(value) {
  if (value === undefined) {
    return '–';
  }
  const [digits, step] = value < 10 ? [String(value), ''] : short(value, 1000);
  return `${digits}${step}/s`;
}

/** Formats a rate of bytes per second. */
export function byteRate(value) {
  return value === undefined ? '–' : `${bytes(value)}/s`;
}
