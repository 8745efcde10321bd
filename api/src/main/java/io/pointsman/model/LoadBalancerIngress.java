package io.pointsman.model;

import java.util.Objects;

/**
 * An address that a load balancer gave a Service ({@code status.loadBalancer.ingress}). The model leaves out an ingress with
 * only a host name, as there is nothing to proxy.
 */
public record LoadBalancerIngress(IpAddress ip, Mode mode) {
    /** The {@code ipMode} of an ingress: whether nodes serve its address (KEP-1860). */
    public enum Mode {
        /** Packets arrive with the balancer's address as destination, so nodes serve it. */
        VIP,
        /**
         * The balancer terminates or rewrites connections. Nodes do not serve the address, so traffic goes through the
         * balancer.
         */
        PROXY
    }

    public LoadBalancerIngress {
        Objects.requireNonNull(ip, "ip");
        Objects.requireNonNull(mode, "mode");
    }
}
