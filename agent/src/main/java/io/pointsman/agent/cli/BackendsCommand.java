package io.pointsman.agent.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pointsman.agent.backend.BackendCatalog;
import io.pointsman.agent.backend.BackendSelector;
import io.pointsman.agent.backend.BackendSelector.Candidate;
import io.pointsman.agent.json.Json;
import io.pointsman.plan.Balancing;
import io.pointsman.spi.BackendProvider;
import io.pointsman.spi.Capabilities;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code pointsman backends}: lists the backends, whether each can run here, and its capabilities. */
@Command(
        name = "backends",
        mixinStandardHelpOptions = true,
        description = "Lists the backends that were found, best first: whether they can run here, and if not, why.")
final class BackendsCommand implements Callable<Integer> {
    /** Format of the list. */
    enum Output {
        TABLE,
        JSON
    }

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before it calls
    private CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "table|json",
            description = "How the list is written (default: table).")
    private Output output = Output.TABLE;

    @Override
    public Integer call() {
        final BackendSelector selector = new BackendSelector(BackendCatalog.load());
        final PrintWriter out = spec.commandLine().getOut();
        switch (output) {
            case TABLE -> printTable(selector, out);
            case JSON -> out.println(json(selector));
        }
        return 0;
    }

    private static void printTable(BackendSelector selector, PrintWriter out) {
        out.printf("%-12s %-8s %-9s %-14s %-10s %s%n", "NAME", "PRIORITY", "CAN RUN", "PROTOCOLS", "FAMILIES", "WHY");
        for (Candidate candidate : selector.candidates()) {
            final BackendProvider provider = candidate.provider();
            final Capabilities can = provider.capabilities();
            out.printf(
                    "%-12s %-8d %-9s %-14s %-10s %s%n",
                    provider.name(),
                    provider.priority(),
                    yesOrNo(candidate.availability().isAvailable()),
                    joined(can.protocols()),
                    joined(can.families()),
                    candidate.availability().reason());
            out.printf(
                    "%-12s balances by %s; keeps the client's address: %s; owns VIPs: %s; survives a restart: %s%n",
                    "",
                    can.balancing().stream().sorted().map(Balancing::text).collect(Collectors.joining(", ")),
                    yesOrNo(can.has(Capabilities.Feature.KEEPS_SOURCE)),
                    yesOrNo(can.has(Capabilities.Feature.OWNS_FOREIGN_VIPS)),
                    yesOrNo(can.has(Capabilities.Feature.SURVIVES_RESTART)));
            can.deviations()
                    .forEach(deviation ->
                            out.printf("%-12s differs in %s: %s%n", "", deviation.aspect(), deviation.description()));
        }
        selector.failures().forEach(failure -> out.println("not loaded: " + failure));
    }

    private static String yesOrNo(boolean is) {
        return is ? "yes" : "no";
    }

    private static <E extends Comparable<E>> String joined(Set<E> values) {
        return new TreeSet<>(values).stream().map(Object::toString).collect(Collectors.joining(","));
    }

    private static String json(BackendSelector selector) {
        final List<Candidate> candidates = selector.candidates();
        return Json.object(json -> {
            json.writeArrayFieldStart("backends");
            for (Candidate candidate : candidates) {
                final BackendProvider provider = candidate.provider();
                final Capabilities can = provider.capabilities();
                json.writeStartObject();
                json.writeStringField("name", provider.name());
                json.writeNumberField("priority", provider.priority());
                json.writeBooleanField("available", candidate.availability().isAvailable());
                json.writeStringField("reason", candidate.availability().reason());
                writeAll(json, "protocols", can.protocols());
                writeAll(json, "families", can.families());
                writeAll(json, "balancing", can.balancing());
                json.writeBooleanField("keepsSource", can.has(Capabilities.Feature.KEEPS_SOURCE));
                json.writeBooleanField("ownsForeignVips", can.has(Capabilities.Feature.OWNS_FOREIGN_VIPS));
                json.writeBooleanField("survivesRestart", can.has(Capabilities.Feature.SURVIVES_RESTART));
                json.writeArrayFieldStart("deviations");
                for (Capabilities.Deviation deviation : can.deviations()) {
                    json.writeStartObject();
                    json.writeStringField("aspect", deviation.aspect());
                    json.writeStringField("description", deviation.description());
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeArrayFieldStart("notLoaded");
            for (String failure : selector.failures()) {
                json.writeString(failure);
            }
            json.writeEndArray();
        });
    }

    private static <E extends Comparable<E>> void writeAll(JsonGenerator json, String field, Set<E> values)
            throws IOException {
        json.writeArrayFieldStart(field);
        for (E value : new TreeSet<>(values)) {
            json.writeString(value.toString().toLowerCase(Locale.ROOT).replace('_', '-'));
        }
        json.writeEndArray();
    }
}
