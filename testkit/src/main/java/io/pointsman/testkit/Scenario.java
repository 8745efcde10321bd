package io.pointsman.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import io.pointsman.model.ClusterObject;
import io.pointsman.model.ConfigException;
import io.pointsman.model.ObjectName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.ModeSemantics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Plays one scenario, which is a whole file or one of its cases, in one mode. */
final class Scenario {
    private static final Set<String> STEP_FIELDS = Set.of(
            "name",
            "apply",
            "delete",
            "restart",
            "sync",
            "packets",
            "expect",
            "expectNode",
            "notes",
            "evidence",
            "origin");
    private static final Set<String> DELETE_FIELDS = Set.of("kind", "namespace", "name");
    private static final Set<String> OBJECT_LISTS = Set.of("services", "endpointSlices");
    private static final Map<String, ClusterObject.Kind> KINDS =
            Map.of("Service", ClusterObject.Kind.SERVICE, "EndpointSlice", ClusterObject.Kind.ENDPOINT_SLICE);

    private final ConformanceCase file;
    private final JsonNode json;
    private final ModeSemantics mode;
    private final Function<ForwardingPlan, PacketDecider> deciders;
    private final World world;
    private final Optional<ObjectName> service;

    /**
     * Creates a scenario at its start.
     *
     * @param json the file itself or one of its cases
     */
    Scenario(
            ConformanceCase file, JsonNode json, ModeSemantics mode, Function<ForwardingPlan, PacketDecider> deciders) {
        this.deciders = deciders;
        this.file = file;
        this.json = json;
        this.mode = mode;
        final FeatureGates gates = FeatureGates.of(own("featureGates"));
        world = new World(NodeUnderTest.of(own("node"), mode), gates);
        service = Optional.of(own("service").asText(""))
                .filter(text -> !text.isEmpty())
                .map(EndpointTrackingProbes::objectName);
    }

    /** Returns the scenario's value of a field, else the file's, else a missing node. */
    private JsonNode own(String field) {
        return own(json, file.json(), field);
    }

    static JsonNode own(JsonNode json, JsonNode file, String field) {
        return json.has(field) ? Json.required(json, field) : Json.optional(file, field);
    }

    /** Plays the start and then every step; {@code report} gets the step's name, empty for the start, and its checks. */
    void play(BiConsumer<String, List<Check>> report) throws ConfigException {
        applyStart(file.json(), json, world);
        world.sync();
        report.accept("", probe(json, !world.changes().isEmpty()));
        for (JsonNode step : Json.items(json.path("steps"))) {
            report.accept(Json.text(step, "name"), play(step));
        }
    }

    private List<Check> play(JsonNode step) throws ConfigException {
        Json.allowOnly(step, "step", STEP_FIELDS);
        if (Json.flag(step, "restart", false)) {
            world.restart();
        }
        final var before = world.slicesOfFamily();
        change(step, world);
        final boolean updateCounts = !before.equals(world.slicesOfFamily());
        if (Json.flag(step, "sync", true)) {
            world.sync();
        }
        return probe(step, updateCounts);
    }

    /** Applies the objects of the file, then those of the case if that is not the file itself. */
    static void applyStart(JsonNode file, JsonNode json, World world) throws ConfigException {
        applyAll(file, world);
        if (!json.equals(file)) {
            applyAll(json, world);
        }
    }

    /** Applies a step's changes of the cluster. */
    static void change(JsonNode step, World world) throws ConfigException {
        final JsonNode apply = Json.optional(step, "apply");
        if (!apply.isMissingNode()) {
            Json.allowOnly(apply, "apply", OBJECT_LISTS);
        }
        applyAll(apply, world);
        for (JsonNode object : Json.items(step.path("delete"))) {
            delete(object, world);
        }
    }

    /** Adds the objects of a file, a case or an {@code apply}. */
    private static void applyAll(JsonNode lists, World world) throws ConfigException {
        for (String list : List.of("services", "endpointSlices")) {
            for (JsonNode object : Json.items(lists.path(list))) {
                kindOf(object);
                world.apply(object);
            }
        }
    }

    private static ClusterObject.Kind kindOf(JsonNode object) {
        return Optional.ofNullable(KINDS.get(Json.text(object, "kind")))
                .orElseThrow(() -> new IllegalArgumentException("no object of kind " + KINDS.keySet() + ": " + object));
    }

    private static void delete(JsonNode object, World world) {
        Json.allowOnly(object, "delete", DELETE_FIELDS);
        world.delete(kindOf(object), new ObjectName(Json.text(object, "namespace"), Json.text(object, "name")));
    }

    private List<Check> probe(JsonNode probes, boolean updateCounts) {
        final List<Check> checks = new ArrayList<>();
        checks.addAll(PacketProbes.packets(probes.path("packets"), deciders.apply(world.plan()), mode));
        checks.addAll(PacketProbes.node(probes.path("expectNode"), world.plan()));
        final JsonNode expect = probes.path("expect");
        if (!expect.isMissingNode()) {
            checks.addAll(expectations(updateCounts).check(expect, world));
        }
        return checks;
    }

    private Expectations expectations(boolean updateCounts) {
        return switch (file.kind()) {
            case ENDPOINT_SELECTION -> SelectionProbes.EXPECTATIONS;
            case SERVICE_TRACKING -> ServiceTrackingProbes.EXPECTATIONS;
            case ENDPOINT_TRACKING -> EndpointTrackingProbes.expectations(service, updateCounts);
            case SERVICE_CIDRS -> PlanProbes.SERVICE_RANGES;
            case METRICS -> PlanProbes.METRICS;
            case PACKETS -> new Expectations(); // packets have their own expectations, so any field here is an error
            case HEALTH -> throw new IllegalArgumentException("health is played against the agent");
        };
    }
}
