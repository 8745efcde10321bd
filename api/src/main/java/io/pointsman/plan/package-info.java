/**
 * Kubernetes policy, resolved for one node. {@code PlanResolver} turns the objects of a cluster into a {@code
 * ForwardingPlan}: one rule for each address, protocol and port, with a verdict for each origin of a client. A plan is
 * immutable; a {@code PlanDelta} names what changed since the one before.
 */
package io.pointsman.plan;
