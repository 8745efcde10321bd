package io.pointsman.spi.ipvs;

import io.pointsman.linux.Sysctl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The kernel parameters that the virtual servers depend on: set by policy, entered in the ledger first, reported. */
final class Sysctls {
    /** Forwarding is not taken back at a cleanup: by then others rely on it. */
    private static final List<String> LEFT_ON = List.of("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding");

    /** A parameter, or several that go together, that the setting {@code sysctl-NAME} is about. */
    enum Wish {
        /** Connections of virtual servers are tracked, so that their source can be rewritten and they can be listed. */
        CONNTRACK(Sysctl.Policy.MUST, "net.ipv4.vs.conntrack=1"),
        FORWARDING(Sysctl.Policy.TRY, "net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"),
        /** A connection whose destination was deleted is given to another at its next packet, not left to starve. */
        EXPIRE_NODEST_CONN(Sysctl.Policy.TRY, "net.ipv4.vs.expire_nodest_conn=1"),
        /** A client that is bound to a draining destination is bound to another at its next connection. */
        EXPIRE_QUIESCENT_TEMPLATE(Sysctl.Policy.TRY, "net.ipv4.vs.expire_quiescent_template=1"),
        /** A client's port that is used anew goes to a destination chosen anew. Before Linux 5.9 that cost a second. */
        CONN_REUSE_MODE(Sysctl.Policy.TRY, "net.ipv4.vs.conn_reuse_mode=1"),
        /** The node answers no ARP request for a VIP, as load balancers that announce VIPs themselves want it. */
        STRICT_ARP(Sysctl.Policy.SKIP, "net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2");

        private final Sysctl.Policy usual;
        private final String parameters;

        Wish(Sysctl.Policy usual, String parameters) {
            this.usual = usual;
            this.parameters = parameters;
        }

        Sysctl.Policy usual() {
            return usual;
        }

        /** The parameters, with the values that they are to have. */
        List<Sysctl> wanted(Sysctl.Policy policy) {
            return Arrays.stream(parameters.split(" ", -1))
                    .map(each -> each.split("=", 2))
                    .map(each -> new Sysctl(each[0], each[1], policy))
                    .toList();
        }

        /** {@code sysctl-conntrack}. */
        String key() {
            return "sysctl-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private Sysctls() {}

    /** Sets them; returns a sentence for each that was to be set. */
    static List<String> set(Map<Wish, Sysctl.Policy> policies, Ledger ledger) throws IOException {
        final List<Sysctl> wanted = new ArrayList<>();
        for (Wish wish : Wish.values()) {
            wanted.addAll(wish.wanted(policies.getOrDefault(wish, wish.usual)));
        }
        for (Sysctl sysctl : wanted) {
            if (sysctl.policy() != Sysctl.Policy.SKIP && !LEFT_ON.contains(sysctl.key())) {
                final String before = Sysctl.read(sysctl.key()).orElse(sysctl.value());
                if (!before.equals(sysctl.value())) {
                    ledger.enterSysctl(sysctl.key(), before);
                }
            }
        }
        return Sysctl.apply(wanted).stream().map(Sysctls::sentence).toList();
    }

    private static String sentence(Sysctl.Result result) {
        final String parameter = result.wanted().key() + " = " + result.wanted().value();
        return switch (result.outcome()) {
            case ALREADY -> parameter + " already";
            case CHANGED -> parameter + ", was " + result.before().orElse("unknown");
            case SKIPPED ->
                result.wanted().key() + " left at " + result.before().orElse("unknown");
            case ABSENT -> result.wanted().key() + " is not in this kernel";
            case REFUSED -> parameter + " could not be set: " + result.detail();
        };
    }

    /** A sentence for each that was set and is no more as it was set. */
    static List<String> differences(Map<Wish, Sysctl.Policy> policies) throws IOException {
        final List<String> findings = new ArrayList<>();
        for (Wish wish : Wish.values()) {
            for (Sysctl sysctl : wish.wanted(policies.getOrDefault(wish, wish.usual))) {
                final String now = Sysctl.read(sysctl.key()).orElse(sysctl.value());
                if (sysctl.policy() != Sysctl.Policy.SKIP && !now.equals(sysctl.value())) {
                    findings.add(sysctl.key() + " is " + now + ", not " + sysctl.value());
                }
            }
        }
        return findings;
    }

    /** Takes back what the ledger says was set; returns a line for each. */
    static List<String> restore(Ledger ledger, boolean dryRun) throws IOException {
        final List<String> restored = new ArrayList<>();
        for (Map.Entry<String, String> each : ledger.sysctlsBefore().entrySet()) {
            restored.add("sysctl " + each.getKey() + " back to " + each.getValue());
            if (!dryRun) {
                Sysctl.apply(List.of(Sysctl.attempt(each.getKey(), each.getValue())));
            }
        }
        return restored;
    }
}
