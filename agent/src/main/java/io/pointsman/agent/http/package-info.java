/**
 * An HTTP/1.1 server for pages that a node shows to anybody: one request in flight for each connection, deadlines that no
 * client renews, and bounds by listener and client on what is held.
 */
package io.pointsman.agent.http;
