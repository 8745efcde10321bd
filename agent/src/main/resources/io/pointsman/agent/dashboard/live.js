// The event stream. The agent ends it every few seconds, like all its connections; the browser reconnects by itself and
// continues where it was.

/** Time without a stream after which the page reports its loss. */
const PATIENCE_MILLIS = 4000;

/**
 * Opens a stream.
 *
 * @param parameters for connections: their filters, and flows
 * @param told the listener, with state(data) and flows(data) for events, and silent() if the stream is lost
 * @return a function that closes the stream
 */
export function listen(parameters, told) {
  const query = new URLSearchParams(parameters).toString();
  let stream;
  let patience;
  const open = () => {
    stream = new EventSource(`live${query ? `?${query}` : ''}`);
    stream.addEventListener('open', () => clearTimeout(patience));
    stream.addEventListener('state', (event) => told.state(JSON.parse(event.data)));
    stream.addEventListener('flows', (event) => told.flows(JSON.parse(event.data)));
    stream.addEventListener('error', () => {
      clearTimeout(patience);
      patience = setTimeout(() => {
        told.silent();
        stream.close(); // a refused stream does not reconnect by itself
        open();
      }, PATIENCE_MILLIS);
    });
  };
  open();
  return () => {
    clearTimeout(patience);
    stream.close();
  };
}
