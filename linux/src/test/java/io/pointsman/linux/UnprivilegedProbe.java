package io.pointsman.linux;

import io.pointsman.linux.conntrack.ConntrackEvents;
import io.pointsman.linux.conntrack.ConntrackNetlink;
import io.pointsman.linux.genetlink.GenericNetlink;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.nftables.Chain;
import io.pointsman.linux.nftables.DryRun;
import io.pointsman.linux.nftables.NfTables;
import io.pointsman.linux.nftables.Table;
import io.pointsman.linux.nftables.TableId;
import io.pointsman.linux.nftables.Transaction;
import io.pointsman.linux.route.Route;
import io.pointsman.linux.route.RouteNetlink;
import io.pointsman.linux.socket.PacketCapture;
import io.pointsman.linux.socket.RawSocket;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import java.util.List;

/** Tries each operation as the user who runs it, and prints a line for each: {@code name = outcome}. */
final class UnprivilegedProbe {
    private UnprivilegedProbe() {}

    private interface Try {
        Object run() throws Exception;
    }

    public static void main(String[] args) throws Exception {
        try (RouteNetlink netlink = RouteNetlink.open()) {
            attempt("links", () -> netlink.links().size());
            attempt("link", () -> netlink.link("lo").isPresent());
            attempt("addresses", () -> netlink.addresses().size());
            attempt("routes", () -> netlink.routes(IpFamily.IPV4).size());
            attempt("rules", () -> !netlink.rules(IpFamily.IPV6).isEmpty());
            attempt("addLink", () -> {
                netlink.addLink("br0", "bridge");
                return "made";
            });
            attempt("addRoute", () -> {
                netlink.addRoute(Route.local(Cidr.parse("203.0.113.1/32"), 1));
                return "made";
            });
            attempt("addAddress", () -> {
                netlink.addAddress(1, IpAddress.parse("203.0.113.1"), 32);
                return "made";
            });
        }
        attempt("genetlink", () -> {
            try (GenericNetlink generic = GenericNetlink.open("nlctrl", 1).orElseThrow()) {
                return generic == null;
            }
        });
        attempt("noSuchFamily", () -> GenericNetlink.open("no-such-family", 1).isPresent());
        attempt("conntrack", () -> {
            try (ConntrackNetlink conntrack = ConntrackNetlink.open()) {
                return conntrack.list(IpFamily.IPV4).size();
            }
        });
        attempt("conntrackEvents", () -> {
            try (ConntrackEvents events = ConntrackEvents.open()) {
                return events.receive(0, _ -> {});
            }
        });
        try (NfTables tables = NfTables.open()) {
            final Table table = Table.of(new TableId(IpFamily.IPV4, "pointsman"));
            attempt("nftablesCommit", () -> {
                tables.commit(new Transaction().create(table));
                return "made";
            });
            attempt("nftablesLarge", () -> {
                final Transaction large = new Transaction().create(table);
                for (int i = 0; i < 20_000; i++) {
                    large.add(table.id(), Chain.regular("chain-" + i));
                }
                tables.commit(large);
                return "made";
            });
            attempt("nftablesList", tables::tables);
            attempt("nftablesDryRun", () -> DryRun.refusals(tables, new Transaction().create(table)));
        }
        attempt("createNamespace", () -> NetworkNamespace.create("pmtest-never"));
        attempt("enterNamespace", () -> NetworkNamespace.ofProcess(1).call(() -> "entered"));
        attempt("capture", () -> {
            try (PacketCapture capture = PacketCapture.open(0)) {
                return capture;
            }
        });
        attempt("raw", () -> {
            try (RawSocket socket = RawSocket.open(IpFamily.IPV4, 253)) {
                return socket;
            }
        });
        attempt("readSysctl", () -> Sysctl.read("net.ipv4.ip_forward").isPresent());
        final String other = Sysctl.read("net.ipv4.ip_forward").orElse("0").equals("0") ? "1" : "0";
        attempt("trySysctl", () -> Sysctl.apply(List.of(Sysctl.attempt("net.ipv4.ip_forward", other)))
                .getFirst()
                .outcome());
        attempt("mustSysctl", () -> Sysctl.apply(List.of(Sysctl.must("net.ipv4.ip_forward", other))));
        attempt("capabilities", () -> ProcessCapabilities.current().effective());
        System.out.println("end");
    }

    private static void attempt(String name, Try attempt) {
        try {
            System.out.println(name + " = " + attempt.run());
        } catch (Exception e) {
            System.out.println(name + " = " + e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }
}
