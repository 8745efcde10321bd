package io.pointsman.agent;

import io.pointsman.agent.http.Answer;
import io.pointsman.agent.http.Reply;
import io.pointsman.agent.http.Request;
import io.pointsman.agent.http.Responder;
import io.pointsman.agent.status.AgentStatus;
import java.util.function.Supplier;

/** The node-local pages for people and scrapers: mode, metrics, status, configuration. */
final class StatusResponder implements Responder {
    private final Supplier<AgentStatus> status;
    private final Responder metrics;
    private final Supplier<String> configuration;

    /** @param configuration the effective configuration as JSON */
    StatusResponder(Supplier<AgentStatus> status, Responder metrics, Supplier<String> configuration) {
        this.status = status;
        this.metrics = metrics;
        this.configuration = configuration;
    }

    @Override
    public Answer respond(Request request) {
        return switch (request.path()) {
            case "/proxyMode" -> Reply.text(200, status.get().mode());
            case "/healthz" -> Reply.text(200, "ok");
            case "/metrics" -> metrics.respond(request);
            case "/status" -> Reply.json(200, status.get().toJson() + "\n");
            case "/configz" -> Reply.json(200, configuration.get() + "\n");
            default -> Reply.text(404, "this port serves /proxyMode, /healthz, /metrics, /status and /configz\n");
        };
    }
}
