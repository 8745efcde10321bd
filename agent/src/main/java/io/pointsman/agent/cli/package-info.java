/**
 * The command line: one class for each command; {@link io.pointsman.agent.cli.CommandLineInterface} lists them. Nothing else in the
 * agent prints, and but for {@code Main} nothing ends the process.
 */
package io.pointsman.agent.cli;
