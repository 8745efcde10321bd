/**
 * An HTTP/1.1 server for pages that any client can reach: one request at a time for each connection, deadlines that no
 * client can extend, and limits by listener and client.
 */
package io.pointsman.agent.http;
