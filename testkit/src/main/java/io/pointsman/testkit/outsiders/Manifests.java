package io.pointsman.testkit.outsiders;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Manifests for a site's agent. */
public final class Manifests {
    private static final String NODES = """
            apiVersion: v1
            kind: Node
            metadata: {name: n1}
            status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
            ---
            apiVersion: v1
            kind: Node
            metadata: {name: n2}
            status: {addresses: [{type: InternalIP, address: 192.0.2.2}]}
            """;

    static final String SITE = NODES
            + tcp("quiet", "10.96.0.20", Endpoints.QUIET_PORT, "type: ClusterIP")
            + tcp("shared", "10.96.0.21", Endpoints.SHARED_PORT, """
                            type: LoadBalancer
                              externalTrafficPolicy: Local
                              healthCheckNodePort: 32122""")
            + udp("dns", "10.96.0.53", Endpoints.SLOW_UDP_PORT)
            + udp("other-dns", "10.96.0.54", Endpoints.FAST_UDP_PORT);

    private Manifests() {}

    /** Returns a TCP Service at port 80 of a VIP, with the site's quiet endpoint behind it. */
    public static String service(String name, String vip) {
        return tcp(name, vip, Endpoints.QUIET_PORT, "type: ClusterIP");
    }

    private static String tcp(String name, String vip, int endpointPort, String type) {
        return service(name, vip, type, "TCP", 80, endpointPort);
    }

    private static String udp(String name, String vip, int endpointPort) {
        return service(name, vip, "type: ClusterIP", "UDP", 53, endpointPort);
    }

    private static String service(String name, String vip, String type, String protocol, int port, int endpointPort) {
        return """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: NAME, namespace: site}
                spec:
                  clusterIP: VIP
                  ports: [{name: p, port: PORT, protocol: PROTOCOL}]
                  TYPE
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: NAME-1, namespace: site, labels: {kubernetes.io/service-name: NAME}}
                addressType: IPv4
                ports: [{name: p, port: TARGET, protocol: PROTOCOL}]
                endpoints: [{addresses: [10.244.1.5], nodeName: n1}]
                """.replace("NAME", name)
                .replace("VIP", vip)
                .replace("PROTOCOL", protocol)
                .replace("PORT", Integer.toString(port))
                .replace("TYPE", type)
                .replace("TARGET", Integer.toString(endpointPort));
    }

    /** Writes a file as an editor does: a new file replaces the old one. */
    static void put(Path file, String text) throws IOException {
        final Path temporary = file.resolveSibling("." + file.getFileName() + ".swp");
        Files.writeString(temporary, text);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
