package io.pointsman.agent.health;

import io.pointsman.agent.http.ListenerFactory;
import io.pointsman.agent.http.Reply;
import io.pointsman.agent.http.Request;
import io.pointsman.agent.json.Json;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectName;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Health check node ports, at which a load balancer asks whether this node has endpoints of a Service. One thread passes
 * in Services, then counts; requests may come at any time.
 */
public final class ServiceHealth implements AutoCloseable {
    private static final String WEIGHT_HEADER = "X-Load-Balancing-Endpoint-Weight";

    private final BooleanSupplier proxyHealthy;
    private final PortListeners listeners;
    private final Map<ObjectName, Integer> localEndpoints = new ConcurrentHashMap<>();

    /**
     * @param opener opens the listeners
     * @param proxyHealthy whether the proxy itself is healthy; otherwise the node gets no traffic
     */
    public ServiceHealth(ListenerFactory opener, BooleanSupplier proxyHealthy) {
        this.proxyHealthy = proxyHealthy;
        this.listeners = new PortListeners(opener);
    }

    /**
     * Opens a listener for each Service on each address, and closes unwanted ones. A Service that is new, or whose port
     * changed, starts without endpoints. What could not be opened is tried again by the next call.
     *
     * @return what could not be opened and why, by Service
     */
    public Map<ObjectName, String> syncServices(Map<ObjectName, Integer> ports, Set<IpAddress> addresses) {
        localEndpoints.keySet().retainAll(ports.keySet());
        ports.forEach((service, port) -> {
            if (listeners.portOf(service) != port) {
                localEndpoints.put(service, 0);
            }
        });
        return listeners.sync(ports, addresses, service -> request -> respond(service, request));
    }

    /**
     * Sets each Service's number of distinct local ready endpoints; a Service not listed has none, an unknown one is
     * ignored.
     */
    public void syncEndpoints(Map<ObjectName, Integer> counts) {
        localEndpoints.replaceAll((service, _) -> counts.getOrDefault(service, 0));
    }

    /** Returns the requested addresses that have a listener. */
    public Set<PortListeners.Port> listening() {
        return listeners.listening();
    }

    private Reply respond(ObjectName service, Request request) {
        final Integer count = localEndpoints.get(service);
        if (count == null) {
            // The request raced with the closing of its Service: kube-proxy replies the same
            // (healthcheck/service_health.go).
            return new Reply(200, "", Map.of(), "");
        }
        final boolean healthy = proxyHealthy.getAsBoolean();
        final int status = healthy && count > 0 ? 200 : 503;
        final Reply reply = request.wantsJson()
                ? Reply.json(status, json(service, count, healthy))
                : Reply.text(status, text(count));
        return reply.with(WEIGHT_HEADER, Integer.toString(count));
    }

    private static String text(int count) {
        return count == 0 ? "No Service Endpoints Found" : count + " Service Endpoints found";
    }

    private static String json(ObjectName service, int count, boolean healthy) {
        return Json.object(json -> {
            json.writeObjectFieldStart("service");
            json.writeStringField("namespace", service.namespace());
            json.writeStringField("name", service.name());
            json.writeEndObject();
            json.writeNumberField("localEndpoints", count);
            json.writeBooleanField("serviceProxyHealthy", healthy);
        });
    }

    @Override
    public void close() {
        localEndpoints.clear();
        listeners.close();
    }
}
