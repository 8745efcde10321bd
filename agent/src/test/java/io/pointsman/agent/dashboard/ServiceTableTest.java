package io.pointsman.agent.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.status.Problem;
import io.pointsman.model.IpAddress;
import io.pointsman.model.ObjectChange;
import io.pointsman.model.ObjectName;
import io.pointsman.model.Protocol;
import io.pointsman.model.Service;
import io.pointsman.model.ServiceCatalog;
import io.pointsman.model.ServicePort;
import io.pointsman.model.ServicePortName;
import io.pointsman.plan.ForwardingPlan;
import io.pointsman.plan.HostAddresses;
import io.pointsman.plan.PlanOptions;
import io.pointsman.plan.PlanResolver;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.ServiceFigures;
import io.pointsman.spi.ServiceFigures.Figure;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ServiceTableTest {
    private static final ObjectName WEB = new ObjectName("default", "web");
    private static final ServiceQuery ALL = new ServiceQuery("", ServiceQuery.Order.NAME, 0, 10);
    private static final Map<ObjectName, List<Problem>> PROBLEMS =
            Map.of(WEB, List.of(problem("a"), problem("b"), problem("c")));
    private static final ServicePortName PORT = new ServicePortName(WEB, "http", Protocol.TCP);

    private long nowNanos = Long.MAX_VALUE - 1; // overflows during the test
    private int readings;
    private ServiceFigures counted = figures(0, 0);
    private final ForwardingPlan plan = plan("web");
    private final ServiceTable table = new ServiceTable(
            () -> {
                readings++;
                return List.of(counted);
            },
            () -> nowNanos);

    private static Problem problem(String reason) {
        return new Problem(Problem.Origin.PLAN, "Service " + WEB, reason);
    }

    private static ServiceFigures figures(long connections, long bytesEachWay) {
        return new ServiceFigures(
                PORT,
                Map.of(
                        Figure.CONNECTIONS,
                        connections,
                        Figure.BYTES_FROM_CLIENTS,
                        bytesEachWay,
                        Figure.BYTES_TO_CLIENTS,
                        bytesEachWay),
                Map.of());
    }

    private static ForwardingPlan plan(String... names) {
        final ServiceCatalog catalog = new ServiceCatalog();
        for (int i = 0; i < names.length; i++) {
            catalog.apply(List.of(new ObjectChange.Put(Service.builder(new ObjectName("default", names[i]))
                    .clusterIps(List.of(IpAddress.parse("10.96.0." + (i + 1))))
                    .ports(List.of(new ServicePort("http", Protocol.TCP, 80, 0)))
                    .build())));
        }
        return new PlanResolver(PlanOptions.builder("here").build())
                .resolve(catalog, HostAddresses.of(Set.of()))
                .plan();
    }

    private RatedRow row() throws BackendException {
        return table.window(ALL, plan, PROBLEMS).rows().getFirst();
    }

    private void pass(long millis) {
        nowNanos += TimeUnit.MILLISECONDS.toNanos(millis);
    }

    @Test
    void shouldTellRatesFromOneReadingToTheNext() throws BackendException {
        assertThat(row().connectionsPerSecond()).isEmpty();

        pass(2000);
        counted = figures(10, 500);
        assertThat(row().connectionsPerSecond()).isEqualTo(OptionalDouble.of(5));
        assertThat(row().bytesPerSecond()).isEqualTo(OptionalDouble.of(500));
        assertThat(row().problems()).isEqualTo(3);

        pass(4000);
        counted = figures(2, 500);
        assertThat(row().connectionsPerSecond()).as("it began anew").isEqualTo(OptionalDouble.of(0));
    }

    @Test
    void shouldNotReadMoreOftenWhoeverAsks() throws BackendException {
        for (int i = 0; i < 10; i++) {
            row();
            pass(200);
        }
        assertThat(readings).isEqualTo(2);
    }

    @Test
    void shouldTellNoRateOverATimeInWhichNobodyLooked() throws BackendException {
        row();
        pass(TimeUnit.MINUTES.toMillis(10));
        counted = figures(1000, 0);

        assertThat(row().connectionsPerSecond()).isEmpty();
        pass(2000);
        assertThat(row().connectionsPerSecond()).isEqualTo(OptionalDouble.of(0));
    }

    @Test
    void shouldLeaveOutWhatIsNotCounted() throws BackendException {
        counted = new ServiceFigures(PORT, Map.of(), Map.of());
        row();
        pass(2000);

        assertThat(row().connectionsPerSecond()).isEmpty();
        assertThat(row().bytesPerSecond()).isEmpty();
    }

    @Test
    void shouldSortAgainWhenAProblemCameBetweenTwoReadings() throws BackendException {
        final ServiceQuery byProblems = new ServiceQuery("", ServiceQuery.Order.PROBLEMS, 0, 1);
        final ForwardingPlan two = plan("web", "api");
        final List<Problem> one = List.of(problem("a"));
        assertThat(table.window(byProblems, two, Map.of(new ObjectName("default", "api"), one))
                        .rows())
                .extracting(row -> row.row().port().service().name())
                .containsExactly("api");
        assertThat(table.window(byProblems, two, Map.of(WEB, one)).rows())
                .extracting(row -> row.row().port().service().name())
                .containsExactly("web");
        assertThat(table.of(WEB, two, Map.of(WEB, one))).singleElement().satisfies(row -> assertThat(row.problems())
                .isEqualTo(1));
        assertThat(readings).isEqualTo(1);
    }

    @Test
    void shouldReadAnewAfterItRested() throws BackendException {
        row();
        table.rest();
        row();
        assertThat(readings).as("it is in use").isEqualTo(1);

        pass(TimeUnit.MINUTES.toMillis(1));
        table.rest();
        assertThat(row().connectionsPerSecond()).isEmpty();
    }
}
