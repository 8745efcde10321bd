package io.pointsman.agent.health;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.agent.health.ProxyHealth.FamilyHealth;
import io.pointsman.agent.health.ProxyHealth.Snapshot;
import io.pointsman.agent.http.Reply;
import io.pointsman.agent.http.Request;
import io.pointsman.agent.http.Responder;
import io.pointsman.agent.json.Json;
import io.pointsman.model.IpFamily;
import java.io.IOException;

/**
 * Replies to {@code /healthz}, whether this node should get traffic, and {@code /livez}, whether this process works. They
 * differ only in that {@code /healthz} includes the node's own state.
 */
public final class HealthzResponder implements Responder {
    public static final String HEALTHZ = "/healthz";
    public static final String LIVEZ = "/livez";

    /** Counts replies. */
    @FunctionalInterface
    public interface Counter {
        void counted(String path, int status);
    }

    private final ProxyHealth health;
    private final Counter counter;

    public HealthzResponder(ProxyHealth health, Counter counter) {
        this.health = health;
        this.counter = counter;
    }

    @Override
    public Reply respond(Request request) {
        final boolean isHealthz = request.path().equals(HEALTHZ);
        if (!isHealthz && !request.path().equals(LIVEZ)) {
            return Reply.text(404, "this port serves /healthz and /livez\n");
        }
        final Snapshot snapshot = health.snapshot();
        final boolean isWell = snapshot.healthy() && (!isHealthz || snapshot.nodeEligible());
        final Reply reply = Reply.json(isWell ? 200 : 503, body(snapshot, isHealthz));
        counter.counted(request.path(), reply.status());
        return reply;
    }

    private static String body(Snapshot snapshot, boolean withNode) {
        return Json.object(json -> {
            json.writeStringField("lastUpdated", snapshot.lastUpdated().toString());
            json.writeStringField("currentTime", snapshot.currentTime().toString());
            if (withNode) {
                json.writeBooleanField("nodeEligible", snapshot.nodeEligible());
            }
            json.writeBooleanField("healthy", snapshot.healthy());
            if (!snapshot.families().isEmpty()) {
                json.writeObjectFieldStart("status");
                for (IpFamily family : IpFamily.values()) {
                    final FamilyHealth one = snapshot.families().get(family);
                    if (one != null) {
                        write(json, family, one);
                    }
                }
                json.writeEndObject();
            }
        });
    }

    private static void write(JsonGenerator json, IpFamily family, FamilyHealth health) throws IOException {
        json.writeObjectFieldStart(family.toString());
        json.writeStringField("lastUpdated", health.lastUpdated().toString());
        json.writeBooleanField("healthy", health.healthy());
        json.writeEndObject();
    }
}
