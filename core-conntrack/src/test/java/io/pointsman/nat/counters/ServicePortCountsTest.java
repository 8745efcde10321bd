package io.pointsman.nat.counters;

import static io.pointsman.nat.Plans.endpoint;
import static io.pointsman.nat.Plans.plan;
import static io.pointsman.nat.Plans.rule;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.nat.ConnectDecision;
import io.pointsman.nat.EngineConfig;
import io.pointsman.nat.NatEngine;
import io.pointsman.nat.Plans;
import io.pointsman.plan.Action;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServicePortCountsTest {
    private static final IpAddress VIP = IpAddress.parse("10.0.170.92");
    private static final IpAddress POD = IpAddress.parse("10.180.1.7");
    private static final Rule WEB =
            rule(Protocol.TCP, "10.0.170.92", 80).to(endpoint("10.180.1.136", 8080), endpoint("10.180.1.137", 8080));

    private static long connect(NatEngine engine) {
        return ((ConnectDecision.Forward) engine.connect(Protocol.TCP, POD, 40000, VIP, 80, 0)).flow();
    }

    private static ServiceFigures only(NatEngine engine) {
        final List<ServiceFigures> all = engine.figures();
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    @Test
    void shouldCountWhatConnectionsOfAServicePortDo() {
        try (NatEngine engine = Plans.engine(EngineConfig.DEFAULT, WEB)) {
            final long first = connect(engine);
            final long second = connect(engine);
            engine.transferred(first, 100, 7, 0);
            engine.transferred(second, 11, 0, 0);
            engine.disconnect(first, 0);

            final ServiceFigures figures = only(engine);
            assertThat(figures.port()).isEqualTo(WEB.owner());
            assertThat(figures.value(Figure.CONNECTIONS)).hasValue(2);
            assertThat(figures.value(Figure.CONNECTIONS_NOW)).hasValue(1);
            assertThat(figures.value(Figure.BYTES_FROM_CLIENTS)).hasValue(111);
            assertThat(figures.value(Figure.BYTES_TO_CLIENTS)).hasValue(7);
            assertThat(figures.value(Figure.PACKETS_FROM_CLIENTS))
                    .as("a socket has no packets")
                    .isEmpty();
            assertThat(figures.refused()).isEmpty();
        }
    }

    @Test
    void shouldCountRefusalsByReason() {
        final Rule refusing = rule(Protocol.TCP, "10.0.170.92", 80).does(Action.REJECT, Action.DROP, Action.DROP);
        try (NatEngine engine = Plans.engine(EngineConfig.DEFAULT, refusing)) {
            engine.connect(Protocol.TCP, POD, 1, VIP, 80, 0);
            engine.connect(Protocol.TCP, POD, 2, VIP, 80, 0);
            engine.connect(Protocol.TCP, IpAddress.parse("198.51.100.79"), 3, VIP, 80, 0);

            assertThat(only(engine).refused())
                    .containsOnlyKeys("rule-reject", "rule-drop")
                    .containsEntry("rule-reject", 2L)
                    .containsEntry("rule-drop", 1L);
            assertThat(only(engine).value(Figure.CONNECTIONS)).hasValue(0);
        }
    }

    @Test
    void shouldGoOnCountingWhenTheRuleChangesAndForgetWithTheLastRule() {
        try (NatEngine engine = Plans.engine(EngineConfig.DEFAULT, WEB)) {
            final long before = connect(engine);
            final ForwardingPlan changed =
                    plan(2, rule(Protocol.TCP, "10.0.170.92", 80).to(endpoint("10.180.1.138", 8080)));
            engine.apply(changed, PlanDelta.between(plan(1, WEB), changed));
            engine.transferred(before, 5, 0, 0);
            connect(engine);
            assertThat(only(engine).value(Figure.CONNECTIONS)).hasValue(2);
            assertThat(only(engine).value(Figure.BYTES_FROM_CLIENTS)).hasValue(5);

            final ForwardingPlan empty = plan(3);
            engine.apply(empty, PlanDelta.between(changed, empty));
            assertThat(engine.figures()).isEmpty();
        }
    }
}
