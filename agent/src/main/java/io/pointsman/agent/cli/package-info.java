/**
 * The command line: one class for each command, {@code run}, {@code explain}, {@code backends}, {@code cleanup} and {@code
 * stat}. Nothing else in the agent prints or ends the process.
 */
package io.pointsman.agent.cli;
