/**
 * Connection tracking: the table of flows, how a flow is inserted, how its state moves (TCP, SCTP, UDP), when it expires and
 * how its slot is swept. A separate cache finds the flow of a packet's fragments.
 *
 * <p>Start with {@link io.pointsman.conntrack.FlowTable}, whose documentation explains structure and concurrency, then
 * {@link io.pointsman.conntrack.FlowBinder} for insertion and {@link io.pointsman.conntrack.FlowTracker} for protocol
 * states.
 *
 * <table>
 * <caption>Terms</caption>
 * <tr><td>flow</td><td>a tracked connection, or its equivalent in UDP and ICMP echo</td></tr>
 * <tr><td>tuple, key</td><td>protocol, addresses and ports of one direction</td></tr>
 * <tr><td>original, reply</td><td>the direction of the first packet, and the opposite direction; NAT makes their tuples
 * differ</td></tr>
 * <tr><td>slot</td><td>the memory of one direction of a flow, named by its absolute address</td></tr>
 * <tr><td>group, line</td><td>7 slots that share an index word; 8 groups whose index words share a cache line</td></tr>
 * <tr><td>tag</td><td>8 bits of the hash of a slot's key, kept in the index</td></tr>
 * <tr><td>home group</td><td>the group in which a tuple's search begins</td></tr>
 * <tr><td>control word</td><td>state, generation and deadline of a slot, changed by compare-and-set</td></tr>
 * <tr><td>generation</td><td>number of times a slot was reused; reveals a stale slot address</td></tr>
 * <tr><td>tentative, live</td><td>claimed but not yet committed; committed</td></tr>
 * <tr><td>assured</td><td>replied to in a way that shows a real peer; not dropped early by a full table</td></tr>
 * <tr><td>tick</td><td>2^27 ns, the resolution of deadlines</td></tr>
 * </table>
 *
 * <p>{@link io.pointsman.conntrack.FlowKey} and {@link io.pointsman.conntrack.FlowCursor} are flyweights with public mutable
 * fields: each thread has its own and reuses it, so that the packet path allocates nothing.
 */
package io.pointsman.conntrack;
