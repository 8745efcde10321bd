package io.pointsman.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.IpFamily;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.Action;
import io.pointsman.plan.Balancing;
import io.pointsman.plan.EndpointPool;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.FrontendKind;
import io.pointsman.plan.PoolEndpoint;
import io.pointsman.plan.PoolId;
import io.pointsman.plan.ProxyHeader;
import io.pointsman.plan.Rule;
import io.pointsman.spi.Capabilities.Feature;
import io.pointsman.spi.Shortfall.Aspect;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShortfallsTest {
    private static final Frontend FRONTEND = new Frontend(Protocol.SCTP, IpAddress.parse("2001:db8::80"), 80);
    private static final ServicePortName OWNER =
            new ServicePortName(new ObjectName("ns", "web"), "http", FRONTEND.protocol());
    private static final EndpointPool POOL = new EndpointPool(
            new PoolId(OWNER, IpFamily.IPV6, PoolId.Scope.LOCAL),
            List.of(new PoolEndpoint(IpAddress.parse("2001:db8::1"), 8080, 1, true)));

    private static final Capabilities NONE = new Capabilities(Set.of(), Set.of(), Set.of(), Set.of(), List.of());
    private static final Capabilities ALL = new Capabilities(
            EnumSet.allOf(Protocol.class),
            EnumSet.allOf(IpFamily.class),
            EnumSet.allOf(Balancing.class),
            EnumSet.allOf(Feature.class),
            List.of());

    /** Starts a rule that asks for every feature. */
    private static Rule.Builder demanding() {
        return Rule.builder(FRONTEND, FrontendKind.LOAD_BALANCER, OWNER)
                .fromEverywhere(new Action.Forward(POOL, false))
                .affinity(Optional.of(Duration.ofSeconds(9)))
                .balancing(Balancing.MAGLEV)
                .proxyHeader(Optional.of(ProxyHeader.V2))
                .serving(POOL);
    }

    private static List<Aspect> aspects(Rule rule, Capabilities capabilities) {
        return Shortfalls.of(rule, capabilities).stream().map(Shortfall::aspect).toList();
    }

    private static Capabilities without(Feature feature) {
        return new Capabilities(
                ALL.protocols(),
                ALL.families(),
                ALL.balancing(),
                EnumSet.complementOf(EnumSet.of(feature)),
                ALL.deviations());
    }

    @Test
    void shouldFindNothingMissingInABackendThatCanDoAll() {
        assertThat(Shortfalls.of(demanding().build(), ALL)).isEmpty();
    }

    @Test
    void shouldFindAllMissingInABackendThatCanDoNothing() {
        assertThat(aspects(demanding().build(), NONE))
                .containsExactly(
                        Aspect.PROTOCOL,
                        Aspect.FAMILY,
                        Aspect.BALANCING,
                        Aspect.AFFINITY,
                        Aspect.PROXY_HEADER,
                        Aspect.CLIENT_SOURCE);
    }

    @ParameterizedTest
    @EnumSource(Feature.class)
    void shouldMissAFeatureOnlyWhereTheRuleAsksForIt(Feature feature) {
        final Rule undemanding = Rule.builder(FRONTEND, FrontendKind.LOAD_BALANCER, OWNER)
                .fromLocalPod(new Action.Forward(POOL, false)) // no backend promises to keep a pod's source
                .fromExternal(new Action.Forward(POOL, true))
                .build();
        final List<Aspect> expected =
                switch (feature) {
                    case KEEPS_SOURCE -> List.of(Aspect.CLIENT_SOURCE);
                    case AFFINITY -> List.of(Aspect.AFFINITY);
                    case PROXY_HEADER -> List.of(Aspect.PROXY_HEADER);
                    case OWNS_FOREIGN_VIPS, SURVIVES_RESTART -> List.of();
                };

        assertThat(aspects(demanding().build(), without(feature))).isEqualTo(expected);
        assertThat(aspects(undemanding, without(feature))).isEmpty();
    }

    @Test
    void shouldSayWhatIsDoneInPlaceOfAnAlgorithm() {
        final Capabilities hashes = new Capabilities(
                ALL.protocols(), ALL.families(), Set.of(Balancing.SOURCE_HASH), ALL.features(), List.of());

        assertThat(Shortfalls.of(demanding().build(), hashes))
                .containsExactly(new Shortfall(
                        Aspect.BALANCING, "in place of maglev endpoints are chosen by a plain hash of the source"));
        assertThat(Shortfalls.of(
                        demanding().balancing(Balancing.LEAST_CONNECTIONS).build(), hashes))
                .containsExactly(new Shortfall(
                        Aspect.BALANCING, "in place of least-connections endpoints are chosen at random"));
    }

    @Test
    void shouldReportOnlyWhyARuleIsUnsupportedWhenItIs() {
        final Rule rule = demanding().build();
        final List<Shortfall> all = Shortfalls.of(rule, NONE);
        final List<Shortfall> some = all.subList(2, 4);

        assertThat(Shortfalls.problem(rule, List.of())).isEmpty();
        assertThat(Shortfalls.problem(rule, all))
                .contains(new RuleProblem(
                        FRONTEND,
                        OWNER,
                        RuleProblem.Kind.UNSUPPORTED,
                        all.get(0).reason() + "; " + all.get(1).reason()));
        assertThat(Shortfalls.problem(rule, some))
                .contains(new RuleProblem(
                        FRONTEND,
                        OWNER,
                        RuleProblem.Kind.DEGRADED,
                        some.get(0).reason() + "; " + some.get(1).reason()));
    }
}
