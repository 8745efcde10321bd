package io.pointsman.agent.dashboard;

import io.pointsman.agent.http.Request;
import io.pointsman.agent.look.AddressAndPort;
import io.pointsman.agent.look.ExplanationNotes;
import io.pointsman.agent.look.ExplanationPrinter;
import io.pointsman.agent.status.AgentStatus;
import io.pointsman.agent.status.Problem;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.ExplainRequest;
import io.pointsman.nat.Explanation;
import io.pointsman.nat.NatEngine;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.spi.Capabilities;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Explains connections by an engine of its own, which has the plan in force and no flows. Used by one thread. */
final class ExplainDesk implements AutoCloseable {
    private static final int ANY_CLIENT_PORT = 40_000;
    private static final int MAX_NOTES = 20;
    private static final int MAX_INTERFACE_NAME = 15; // IFNAMSIZ without the terminating zero
    private static final long IDLE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Capabilities capabilities;
    private @Nullable NatEngine engine;
    private @Nullable ForwardingPlan plan;
    private long lastNanos;

    ExplainDesk(Capabilities capabilities) {
        this.capabilities = capabilities;
    }

    /**
     * Explains one packet, as JSON.
     *
     * @param problems by Service
     * @throws ConfigException naming the parameter that can't be parsed, and what is allowed
     */
    String answer(Request asked, AgentStatus status, ForwardingPlan inForce, Map<ObjectName, List<Problem>> problems)
            throws ConfigException {
        final ExplainRequest request = request(asked);
        lastNanos = System.nanoTime();
        final Explanation explanation = engine(inForce).explain(request, lastNanos);
        final List<String> notes = new ArrayList<>();
        explanation.rule().ifPresent(rule -> problems.getOrDefault(rule.owner().service(), List.of()).stream()
                .limit(MAX_NOTES)
                .forEach(problem -> notes.add(problem.toString())));
        notes.addAll(ExplanationNotes.of(status.mode(), Optional.of(capabilities), explanation));
        return new ExplanationPrinter(explanation, status.node(), status.mode(), notes).json();
    }

    @SuppressWarnings("ReferenceEquality") // a new plan is a new object; comparing two by value takes long
    private NatEngine engine(ForwardingPlan inForce) {
        final NatEngine known = engine;
        final ForwardingPlan applied = plan;
        if (known != null && applied != null) {
            if (applied != inForce) {
                known.apply(inForce, PlanDelta.between(applied, inForce));
                plan = inForce;
            }
            return known;
        }
        final NatEngine made = NatEngine.create(
                EngineConfig.builder().capacity(1).affinityCapacity(1).build());
        made.apply(inForce, PlanDelta.whole(inForce));
        engine = made;
        plan = inForce;
        return made;
    }

    private static ExplainRequest request(Request asked) throws ConfigException {
        final String from = Parameters.required(asked, "from", "10.244.3.8");
        final String to = Parameters.required(asked, "to", "10.96.0.1:80");
        final AddressAndPort client = AddressAndPort.parse("from", from);
        final AddressAndPort dialed = AddressAndPort.parse("to", to);
        if (dialed.port().isEmpty()) {
            throw new ConfigException("to: \"" + to + "\" is an address without a port; give "
                    + dialed.address().withPort(80) + " for instance");
        }
        return new ExplainRequest(
                protocol(asked.parameter("protocol").orElse("tcp")),
                client.address(),
                client.port().orElse(ANY_CLIENT_PORT),
                dialed.address(),
                dialed.port().getAsInt(),
                ingress(asked));
    }

    private static Protocol protocol(String text) {
        try {
            return Protocol.valueOf(text.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "protocol: \"" + text + "\" is not a protocol; give tcp, udp or sctp", e);
        }
    }

    private static Optional<String> ingress(Request asked) throws ConfigException {
        final Optional<String> name = asked.parameter("interface").filter(text -> !text.isEmpty());
        if (name.isPresent() && name.get().length() > MAX_INTERFACE_NAME) {
            throw new ConfigException("interface: a name has at most " + MAX_INTERFACE_NAME + " characters");
        }
        return name;
    }

    /** Frees the engine after a minute without requests. */
    void rest() {
        if (System.nanoTime() - lastNanos >= IDLE_NANOS) {
            close();
        }
    }

    @Override
    public void close() {
        final NatEngine known = engine;
        engine = null;
        plan = null;
        if (known != null) {
            known.close();
        }
    }
}
