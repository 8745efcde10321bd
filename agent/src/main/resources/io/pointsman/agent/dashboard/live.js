// The stream of what is new. The agent ends it every few seconds, as all its connections; the browser asks again by itself
// and goes on where it was.

/** A stream that went away without coming back for so long is told of. */
const PATIENCE_MILLIS = 4000;

/**
 * Opens a stream.
 *
 * @param parameters for connections: their filters, and flows
 * @param told with state(data), flows(data) and silent(), each when there is something
 * @return a function that closes it
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
        stream.close(); // one that was refused does not try again by itself
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
