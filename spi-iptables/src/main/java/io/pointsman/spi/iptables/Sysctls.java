package io.pointsman.spi.iptables;

import io.pointsman.plan.NodeFacts;
import java.io.IOException;

/** The sysctls that rules depend on. */
final class Sysctls {
    /** Lets packets of 127.0.0.0/8 be routed off the node after translation. */
    static final String ROUTE_LOCALNET = "net.ipv4.conf.all.route_localnet";
    /** Packets outside the TCP window still count as their connection's, so none is invalid for that. */
    static final String BE_LIBERAL = "net.netfilter.nf_conntrack_tcp_be_liberal";

    private final Kernel kernel;
    private final Ledger ledger;

    Sysctls(Kernel kernel, Ledger ledger) {
        this.kernel = kernel;
        this.ledger = ledger;
    }

    boolean isLiberal() throws IOException {
        return !kernel.sysctl(BE_LIBERAL).orElse("0").equals("0");
    }

    /** Sets what node ports on loopback need, where loopback is guarded; never more than once, and only if unset. */
    void prepare(NodeFacts node) throws IOException {
        if (!node.guardsLoopback()) {
            return;
        }
        final String before = kernel.sysctl(ROUTE_LOCALNET).orElse("0");
        if (!before.equals("1")) {
            ledger.enterSysctl(ROUTE_LOCALNET, before);
            kernel.setSysctl(ROUTE_LOCALNET, "1");
        }
    }
}
