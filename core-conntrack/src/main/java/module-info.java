/** The engine: flow table, NAT decisions, packets rewritten in place. Exported is what an embedder calls. */
module io.pointsman.engine {
    requires transitive io.pointsman.api;
    requires static transitive org.jspecify;
    requires com.lmax.disruptor;
    requires transitive org.agrona;
    requires org.jctools.core;

    exports io.pointsman.conntrack;
    exports io.pointsman.nat;
    exports io.pointsman.nat.counters;
    exports io.pointsman.nat.events;
    exports io.pointsman.packet;
}
