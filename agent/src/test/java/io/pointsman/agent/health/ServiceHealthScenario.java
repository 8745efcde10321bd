package io.pointsman.agent.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.Cidr;
import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The Services' health check node ports. */
final class ServiceHealthScenario implements HealthScenario {
    private final RecordingListeners listeners = new RecordingListeners();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Set<IpAddress> addresses;
    private final ServiceHealth health;
    private volatile boolean proxyHealthy = true;

    ServiceHealthScenario(JsonNode node) {
        addresses = listenAddresses(node);
        health = new ServiceHealth(listeners, () -> proxyHealthy);
    }

    private static Set<IpAddress> listenAddresses(JsonNode node) {
        final IpFamily family = node.path("ipFamily").asText("IPv4").equals("IPv6") ? IpFamily.IPV6 : IpFamily.IPV4;
        final List<IpAddress> own = new ArrayList<>(List.of(IpAddress.parse("127.0.0.1"), IpAddress.parse("::1")));
        node.path("ips").forEach(ip -> own.add(IpAddress.parse(ip.asText())));
        final List<Cidr> ranges = new ArrayList<>();
        for (JsonNode range : node.path("nodePortAddresses")) {
            ranges.addAll(
                    range.asText().equals("primary")
                            ? List.of(Cidr.parse(node.path("primaryIP").asText()))
                            : List.of(Cidr.parse(range.asText())));
        }
        return HealthAddresses.choose(ranges, own, Set.of(family));
    }

    @Override
    public void play(JsonNode step) throws IOException, InterruptedException {
        if (step.has("setServices")) {
            assertThat(health.syncServices(byService(step.get("setServices")), addresses))
                    .isEmpty();
        }
        if (step.has("setLocalEndpoints")) {
            health.syncEndpoints(byService(step.get("setLocalEndpoints")));
        }
        if (step.has("setProxyHealthy")) {
            proxyHealthy = step.get("setProxyHealthy").asBoolean();
        }
        final JsonNode expected = step.path("expect");
        if (expected.has("listening")) {
            assertListening(expected.get("listening"));
        }
        for (JsonNode response : expected.path("responses")) {
            assertResponse(response);
        }
    }

    private void assertListening(JsonNode expected) {
        final Set<String> wanted = new TreeSet<>();
        expected.forEach(address -> wanted.add(address.asText()));
        final Set<String> asked = new TreeSet<>();
        for (InetSocketAddress address : listeners.listening()) {
            asked.add(IpAddress.of(address.getAddress()).withPort(address.getPort()));
        }
        assertThat(asked).isEqualTo(wanted);
        final Set<String> told = new HashSet<>();
        health.listening().forEach(port -> told.add(port.toString()));
        assertThat(told).isEqualTo(wanted);
    }

    private void assertResponse(JsonNode expected) throws IOException, InterruptedException {
        final InetSocketAddress server = listeners.real(expected.get("port").asInt());
        final HttpResponse<String> response =
                HealthScenario.get(client, server, expected.path("path").asText("/"), expected.path("headers"));
        assertThat(response.statusCode()).isEqualTo(expected.get("status").asInt());
        HealthScenario.assertHeaders(response, expected.path("headers"));
        if (expected.has("body")) {
            assertThat(MAPPER.readTree(response.body())).isEqualTo(expected.get("body"));
        }
    }

    private static Map<ObjectName, Integer> byService(JsonNode numbers) {
        final Map<ObjectName, Integer> byService = new HashMap<>();
        numbers.properties().forEach(entry -> {
            final String[] name = entry.getKey().split("/", 2);
            byService.put(new ObjectName(name[0], name[1]), entry.getValue().asInt());
        });
        return byService;
    }

    @Override
    public void close() {
        client.close();
        health.close();
        listeners.close();
    }
}
