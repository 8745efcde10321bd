package io.pointsman.spi.ipvs.translate;

import io.pointsman.linux.backend.SharedNeeds;
import io.pointsman.linux.backend.SharedValues;
import io.pointsman.linux.ipset.IpsetElement;
import io.pointsman.linux.ipvs.ServerKey;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.Frontend;
import io.pointsman.spi.RuleProblem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Desired kernel state of a plan, by rule. Several rules may need the same item. Not thread-safe. */
public final class DesiredState {
    private final Map<Frontend, List<RuleProblem>> problems = new TreeMap<>();
    private final SharedValues<ServerKey, Frontend, ServerConfig> servers = new SharedValues<>();
    private final SharedNeeds<Frontend, IpsetElement> elements = new SharedNeeds<>();
    private final SharedNeeds<Frontend, IpAddress> vips = new SharedNeeds<>();

    /** Changes of the kernel state that changed rules need. */
    public record Difference(
            Map<ServerKey, Optional<ServerConfig>> servers,
            SharedNeeds.Change<IpsetElement> elements,
            SharedNeeds.Change<IpAddress> vips) {
        public static Difference none() {
            return new Difference(new HashMap<>(), SharedNeeds.Change.none(), SharedNeeds.Change.none());
        }
    }

    /** Replaces the translation of one rule, and adds the change to {@code difference}. */
    public void put(Frontend frontend, TranslatedRule after, Difference difference) {
        servers.replace(frontend, after.servers(), difference.servers()::put);
        elements.update(frontend, after.elements(), difference.elements());
        vips.update(frontend, after.vips(), difference.vips());
        if (after.problems().isEmpty()) {
            problems.remove(frontend);
        } else {
            problems.put(frontend, after.problems());
        }
    }

    public Map<ServerKey, Optional<ServerConfig>> servers() {
        final Map<ServerKey, Optional<ServerConfig>> all = new HashMap<>();
        servers.things().forEach(key -> all.put(key, servers.value(key)));
        return all;
    }

    public Optional<ServerConfig> server(ServerKey key) {
        return servers.value(key);
    }

    public Set<Frontend> owners(ServerKey key) {
        return servers.owners(key);
    }

    public Set<IpsetElement> elements() {
        return elements.all();
    }

    public Set<IpAddress> vips() {
        return vips.all();
    }

    public List<RuleProblem> problems() {
        final List<RuleProblem> all = new ArrayList<>();
        problems.values().forEach(all::addAll);
        return all;
    }
}
