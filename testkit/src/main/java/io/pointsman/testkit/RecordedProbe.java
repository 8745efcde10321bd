package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A connection that was tried with the real kube-proxy, and its outcomes.
 *
 * @param service empty if the probe is for no Service
 * @param target kind of address, then {@code address:port}
 * @param protocol tcp, udp or http
 * @param outcomes all outcomes that were seen
 */
record RecordedProbe(String service, String target, String origin, String protocol, Set<String> outcomes) {
    private static final String NO_SERVICE = "-";

    /** Reads the probes of a file: {@code { SERVICE: { TARGET: [ [ORIGINS, PROTOCOLS, OUTCOMES], … ] } }}. */
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

    /** Returns the kind of the dialed address. */
    String kind() {
        return target.substring(0, target.lastIndexOf(' '));
    }

    /** Returns the dialed address, without brackets and zone. */
    String address() {
        final String socket = target.substring(target.lastIndexOf(' ') + 1);
        return socket.substring(0, socket.lastIndexOf(':')).replaceAll("[\\[\\]]|%.*", "");
    }

    int port() {
        return Integer.parseInt(target.substring(target.lastIndexOf(':') + 1));
    }

    /** Formats as {@code SERVICE, TARGET, ORIGIN, PROTOCOL}. */
    @Override
    public String toString() {
        return String.join(", ", service, target, origin, protocol);
    }
}
