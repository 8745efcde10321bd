package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A connection that was tried beside the real kube-proxy, and how it ended.
 *
 * @param service empty when no Service was meant
 * @param target kind of address, then {@code address:port}
 * @param protocol tcp, udp or http
 * @param outcomes every one that was seen
 */
record RecordedProbe(String service, String target, String origin, String protocol, Set<String> outcomes) {
    private static final String NO_SERVICE = "-";

    /** Those of a file: {@code { SERVICE: { TARGET: [ [ORIGINS, PROTOCOLS, OUTCOMES], … ] } }}. */
    static List<RecordedProbe> of(JsonNode file) {
        final List<RecordedProbe> probes = new ArrayList<>();
        for (Map.Entry<String, JsonNode> service : file.properties()) {
            for (Map.Entry<String, JsonNode> target : service.getValue().properties()) {
                for (JsonNode same : target.getValue()) {
                    of(service.getKey(), target.getKey(), same, probes);
                }
            }
        }
        return probes;
    }

    private static void of(String service, String target, JsonNode same, List<RecordedProbe> probes) {
        for (String origin : same.get(0).textValue().split(" ", -1)) {
            for (String protocol : same.get(1).textValue().split(" ", -1)) {
                probes.add(new RecordedProbe(
                        service.equals(NO_SERVICE) ? "" : service,
                        target,
                        origin,
                        protocol,
                        new TreeSet<>(Json.texts(same.get(2)))));
            }
        }
    }

    /** What kind of address was dialed. */
    String kind() {
        return target.substring(0, target.lastIndexOf(' '));
    }

    /** The address that was dialed, without brackets and zone. */
    String address() {
        final String socket = target.substring(target.lastIndexOf(' ') + 1);
        return socket.substring(0, socket.lastIndexOf(':')).replaceAll("[\\[\\]]|%.*", "");
    }

    int port() {
        return Integer.parseInt(target.substring(target.lastIndexOf(':') + 1));
    }

    /** {@code SERVICE, TARGET, ORIGIN, PROTOCOL}. */
    @Override
    public String toString() {
        return String.join(", ", service, target, origin, protocol);
    }
}
