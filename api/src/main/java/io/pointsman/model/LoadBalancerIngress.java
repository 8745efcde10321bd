package io.pointsman.model;

import java.util.Objects;

/**
 * An address that a load balancer gave a Service ({@code status.loadBalancer.ingress}). An ingress that has only a host
 * name is left out of the model: there is nothing to proxy.
 */
public record LoadBalancerIngress(IpAddress ip, Mode mode) {
    /** What {@code ipMode} says about packets that reach a node (KEP-1860). */
    public enum Mode {
        /** Packets arrive with the balancer's address as destination: the node serves it. */
        VIP,
        /** The balancer terminates or rewrites: nodes leave the address alone, so traffic passes the balancer. */
        PROXY
    }

    public LoadBalancerIngress {
        Objects.requireNonNull(ip, "ip");
        Objects.requireNonNull(mode, "mode");
    }
}
