package io.pointsman.agent.training;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClusterRehearsalTest {
    @Test
    void shouldReadAWholeCluster() throws Exception {
        assertThat(ClusterRehearsal.run()).isTrue();
    }
}
