/**
 * Runs programs of the host to their end, waits for those that an earlier run of the agent left, and tries whether the host
 * takes a kind of rule.
 */
package io.pointsman.linux.program;
