package io.pointsman.spi.nftables.render;

import io.pointsman.linux.nftables.Bytes;
import io.pointsman.linux.nftables.Expression;
import io.pointsman.linux.nftables.KeyLoad;
import io.pointsman.linux.nftables.Rule;
import io.pointsman.model.IpFamily;
import io.pointsman.plan.NodeFacts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Chain that binds a client to the endpoint that its connection was just translated to, or renews the binding. If the map is
 * full, only the first rule ends: the connection has its endpoint.
 *
 * @param timeout 1 s or more
 */
record Binding(Duration timeout) implements OnDemand {
    @Override
    public String name() {
        return "bind-for-" + timeout.toSeconds();
    }

    @Override
    public List<OnDemand> leadsTo() {
        return List.of();
    }

    @Override
    public List<Rule> rules(IpFamily family, NodeFacts node, TableOptions options) {
        final Code code = new Code(family);
        final KeyLoad key = key(code);
        final KeyLoad endpoint =
                KeyLoad.at(key.behind()).destinationAddress(family).destinationPort();
        final List<Rule> rules = new ArrayList<>();
        if (options.counting().countsConnections()) {
            rules.add(Code.rule(name(), Code.withoutNumberBits(Sessions.CHOSEN)));
        }
        rules.addAll(List.of(
                Code.rule(
                        name(),
                        key.expressions(),
                        endpoint.expressions(),
                        List.of(new Expression.Dynamic(
                                Expression.Change.UPDATE,
                                Layout.AFFINITY,
                                key.key(),
                                Optional.of(endpoint.key()),
                                timeout,
                                List.of()))),
                Code.rule(
                        name(),
                        List.of(
                                new Expression.Load(Code.FIRST, Bytes.host32(0)),
                                new Expression.SetMeta(Expression.MetaKey.PRIORITY, Code.FIRST)))));
        return rules;
    }

    /** Key of a binding: the client and the session. */
    static KeyLoad key(Code code) {
        return KeyLoad.at(Code.FIRST)
                .sourceAddress(code.family())
                .protocol()
                .part(4, to -> new Expression.Meta(Expression.MetaKey.PRIORITY, to));
    }
}
