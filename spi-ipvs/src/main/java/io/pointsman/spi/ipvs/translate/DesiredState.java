package io.pointsman.spi.ipvs.translate;

import io.pointsman.linux.backend.ReferenceCounts;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.NodeFacts;
import io.pointsman.plan.Rule;
import io.pointsman.spi.RuleProblem;
import io.pointsman.spi.ipvs.netlink.ServerKey;
import io.pointsman.spi.ipvs.sets.SetElement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** What a plan comes to in the kernel's terms, by rule. Rules may want the same thing. Not thread-safe. */
public final class DesiredState {
    private final Map<Frontend, TranslatedRule> units = new HashMap<>();
    private final Map<Frontend, List<RuleProblem>> problems = new TreeMap<>();
    private final SharedValues<ServerKey, Frontend, ServerConfig> servers = new SharedValues<>();
    private final ReferenceCounts<SetElement> elements = new ReferenceCounts<>();
    private final ReferenceCounts<IpAddress> vips = new ReferenceCounts<>();

    /** What some rules' changes come to. */
    public static final class Difference {
        public final Map<ServerKey, Optional<ServerConfig>> servers = new HashMap<>();
        public final Set<SetElement> freshElements = new HashSet<>();
        public final Set<SetElement> goneElements = new HashSet<>();
        public final Set<IpAddress> freshVips = new HashSet<>();
        public final Set<IpAddress> goneVips = new HashSet<>();

        private static <T> void note(T thing, boolean isWanted, Set<T> fresh, Set<T> gone) {
            fresh.remove(thing);
            gone.remove(thing);
            (isWanted ? fresh : gone).add(thing);
        }
    }

    /** Puts one rule's translation in place of its earlier one. */
    public void put(Frontend frontend, TranslatedRule after, Difference difference) {
        final TranslatedRule before = units.getOrDefault(frontend, TranslatedRule.NONE);
        servers.replace(frontend, before.servers(), after.servers(), difference.servers::put);
        elements.replace(
                before.elements(),
                after.elements(),
                element -> Difference.note(
                        element, elements.contains(element), difference.freshElements, difference.goneElements));
        vips.replace(
                before.vips(),
                after.vips(),
                vip -> Difference.note(vip, vips.contains(vip), difference.freshVips, difference.goneVips));
        if (after.equals(TranslatedRule.NONE)) {
            units.remove(frontend);
        } else {
            units.put(frontend, after);
        }
        if (after.problems().isEmpty()) {
            problems.remove(frontend);
        } else {
            problems.put(frontend, after.problems());
        }
    }

    /** Puts a whole plan in place of all. */
    public void replaceAll(ForwardingPlan plan, BiFunction<Rule, NodeFacts, TranslatedRule> translate) {
        final Difference ignored = new Difference();
        for (Frontend frontend : List.copyOf(units.keySet())) {
            if (!plan.rules().containsKey(frontend)) {
                put(frontend, TranslatedRule.NONE, ignored);
            }
        }
        plan.rules().forEach((frontend, rule) -> put(frontend, translate.apply(rule, plan.node()), ignored));
    }

    public void clear() {
        final Difference ignored = new Difference();
        List.copyOf(units.keySet()).forEach(frontend -> put(frontend, TranslatedRule.NONE, ignored));
        problems.clear();
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

    public Set<SetElement> elements() {
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
