/** The running agent's Unix socket: what it tells the commands that look at it. Both ends, and the protocol between them. */
package io.pointsman.agent.control;
