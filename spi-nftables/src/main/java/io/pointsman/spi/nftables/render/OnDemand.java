package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Rule;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.NodeFacts;
import java.util.List;

/** A chain that exists while the plan has a rule of its kind. Equal instances have the same name and rules. */
public sealed interface OnDemand permits Policy, Refusal, Binding {
    /** Name of the chain, which identifies its rules. */
    String name();

    /** Chains that its rules refer to. */
    List<? extends OnDemand> leadsTo();

    /** Rules of the chain on this node. */
    List<Rule> rules(IpFamily family, NodeFacts node, TableOptions options);
}
