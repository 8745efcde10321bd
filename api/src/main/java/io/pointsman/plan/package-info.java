/**
 * Kubernetes' policy, resolved: {@code PlanResolver} makes of a cluster, as one node sees it, a {@code ForwardingPlan}: for
 * each address, protocol and port one rule, which says by a client's origin what happens to its connection. A plan is
 * immutable; a {@code PlanDelta} names what changed since the one before.
 */
package io.pointsman.plan;
