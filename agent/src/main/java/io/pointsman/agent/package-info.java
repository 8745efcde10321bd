/**
 * The node's daemon, which programs can embed. It reads Services from a source, resolves them to a plan, and has one
 * backend keep the plan in force. {@code Agent} starts and ends it, {@code ControlLoop} waits for changes and the clock,
 * {@code Reconciler} performs one sync: resolve, apply, audit, report.
 */
package io.pointsman.agent;
