package io.pointsman.spi.nftables.kernel;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netfilter.Ruleset;
import io.pointsman.linux.netfilter.RulesetEvent;
import io.pointsman.linux.netfilter.RulesetWatch;
import io.pointsman.linux.netns.Whereabouts;
import io.pointsman.spi.nftables.render.Layout;
import java.util.Optional;

/** Our tables, as a watch sees them. Changes before its start are found by the generation. */
public record WatchedTables(Whereabouts place, Generations generations) implements RulesetWatch.Subject {
    @Override
    public Optional<Ruleset> listen() throws KernelException {
        return Optional.of(place.call(Ruleset::listen));
    }

    @Override
    public boolean isTouchedBy(RulesetEvent event) {
        // packets and timeouts change the clients' bindings
        return event.family().isPresent()
                && event.table().equals(Layout.NAME)
                && !event.set().equals(Layout.AFFINITY);
    }

    @Override
    public boolean isSuspicious(int generation, boolean isTouched) {
        if (!isTouched) {
            generations.account(generation);
        }
        return isTouched && !generations.covers(generation);
    }
}
