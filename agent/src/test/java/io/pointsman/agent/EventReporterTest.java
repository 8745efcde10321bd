package io.pointsman.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.agent.status.Problem;
import io.pointsman.kubernetes.cluster.NodeEvent;
import io.pointsman.model.Severity;
import org.junit.jupiter.api.Test;

class EventReporterTest {
    @Test
    void shouldTellOfWhatTheAuditFound() {
        assertThat(EventReporter.event(new Problem(Problem.Origin.AUDIT, "Service default/web", "went elsewhere")))
                .contains(new NodeEvent(
                        NodeEvent.Type.WARNING,
                        "UnexpectedConnection",
                        "AuditConnections",
                        "Service default/web: went elsewhere"));
    }

    @Test
    void shouldNotTellOfWarnings() {
        assertThat(EventReporter.event(
                        new Problem(Problem.Origin.AUDIT, "connections", Severity.WARNING, "can't be watched")))
                .isEmpty();
    }
}
