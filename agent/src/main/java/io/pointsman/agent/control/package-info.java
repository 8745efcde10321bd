/** The running agent's Unix socket: its replies to commands, both ends, and the protocol between them. */
package io.pointsman.agent.control;
