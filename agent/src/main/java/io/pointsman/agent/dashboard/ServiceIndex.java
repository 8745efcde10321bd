package io.pointsman.agent.dashboard;

import io.pointsman.agent.look.ServiceRow;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The service ports of a plan, in order of name. Used by one thread. */
final class ServiceIndex {
    /** Index without service ports. */
    static final ServiceIndex EMPTY = new ServiceIndex(List.of());

    private final List<Port> ports;

    /** A service port; its row and text are made when first used. */
    static final class Port {
        private final ServicePortName name;
        private final List<Rule> rules;
        private @Nullable ServiceRow row;
        private @Nullable String text;

        private Port(ServicePortName name, List<Rule> rules) {
            this.name = name;
            this.rules = rules;
        }

        ServicePortName name() {
            return name;
        }

        /** Returns the service port as the plan has it. */
        ServiceRow row() {
            final ServiceRow known = row;
            if (known != null) {
                return known;
            }
            final ServiceRow made = ServiceRow.of(name, rules);
            row = made;
            return made;
        }

        /** Returns the name in lower case. */
        String text() {
            final String known = text;
            if (known != null) {
                return known;
            }
            final String made = name.toString().toLowerCase(Locale.ROOT);
            text = made;
            return made;
        }

        @SuppressWarnings(
                "ReferenceEquality") // plans share the rules that stayed the same; comparing two by value takes long
        private boolean has(List<Rule> others) {
            return others.size() == rules.size()
                    && others.stream().allMatch(other -> rules.stream().anyMatch(rule -> rule == other));
        }
    }

    private ServiceIndex(List<Port> ports) {
        this.ports = ports;
    }

    List<Port> ports() {
        return ports;
    }

    /** Returns the index of the next plan; service ports whose rules stayed the same keep their objects. */
    ServiceIndex next(ForwardingPlan plan) {
        final Map<ServicePortName, List<Rule>> rules = new HashMap<>();
        plan.rules().values().forEach(rule -> rules.computeIfAbsent(rule.owner(), _ -> new ArrayList<>(2))
                .add(rule));
        final List<Port> next = new ArrayList<>(rules.size());
        for (Port known : ports) {
            final List<Rule> now = rules.remove(known.name);
            if (now != null) {
                next.add(known.has(now) ? known : new Port(known.name, now));
            }
        }
        rules.forEach((name, now) -> next.add(new Port(name, now)));
        next.sort(Comparator.comparing(Port::name)); // fast, as the known ports are already in order
        return new ServiceIndex(next);
    }
}
