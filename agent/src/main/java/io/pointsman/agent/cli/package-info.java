/**
 * The command line, one class per command; {@link io.pointsman.agent.cli.CommandLineInterface} lists them. No other class
 * of the agent prints, and only {@code Main} ends the process.
 */
package io.pointsman.agent.cli;
