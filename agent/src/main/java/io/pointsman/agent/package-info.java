/**
 * The node's daemon, and what people embed: it reads Services from a source, resolves them to a plan, and has one backend keep
 * it in force. {@code Agent} starts and ends it, {@code ControlLoop} waits for changes and the clock, {@code Reconciler} makes
 * one sync: resolve, apply, audit, report.
 */
package io.pointsman.agent;
