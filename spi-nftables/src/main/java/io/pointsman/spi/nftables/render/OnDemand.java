package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Rule;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.NodeFacts;
import java.util.List;

/** A chain that exists while some rule of the plan is of its kind. Two that are equal have the same name and rules. */
public sealed interface OnDemand permits Policy, Refusal, Binding {
    /** Follows from what it does. */
    String name();

    /** Chains that its rules lead to. */
    List<? extends OnDemand> leadsTo();

    /** Its rules on this node. */
    List<Rule> rules(IpFamily family, NodeFacts node, TableOptions options);
}
