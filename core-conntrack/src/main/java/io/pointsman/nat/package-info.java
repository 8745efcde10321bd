/**
 * The NAT-decision engine: packets or connections in, verdicts and translations out.
 *
 * <p>{@link io.pointsman.nat.NatEngine} is the entry point; {@code docs/engine.md} describes the behaviour. The path of a
 * packet:
 *
 * <ol>
 *   <li>{@link io.pointsman.nat.NatWorker} receives it, alone or in a {@link io.pointsman.nat.PacketBatch}. {@code BatchPipeline} forwards
 *       packets of known flows; all others take the general path.
 *   <li>{@code FirstPackets} handles a packet without a flow: {@code Decider} looks up the rule, determines the origin and chooses an
 *       endpoint ({@code Balancer}); the flow is inserted into the table of {@code io.pointsman.conntrack}.
 *   <li>{@code Rewriter} in {@code io.pointsman.packet} changes addresses, ports and checksums in place.
 * </ol>
 *
 * <p>Plans arrive as {@code ForwardingPlan}. {@code RuleCompiler} compiles them into immutable {@code Compiled…} objects,
 * each swapped in by one reference store; {@code flows} ends the flows that a new plan leaves without an endpoint.
 * {@code Explainer} makes the same decision without side effects and reports every step.
 */
package io.pointsman.nat;
