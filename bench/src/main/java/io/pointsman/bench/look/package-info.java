/** What it costs an agent and its clients that somebody looks: the page, metrics, the audit of connections, connections followed. */
package io.pointsman.bench.look;
