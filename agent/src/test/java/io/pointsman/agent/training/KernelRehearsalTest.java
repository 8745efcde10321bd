package io.pointsman.agent.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.ProcessUser;
import io.pointsman.linux.netns.NetworkNamespace;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class KernelRehearsalTest {
    @Test
    void shouldProgramAWholeClusterAndLeaveNothing() throws Exception {
        Assumptions.assumeTrue(ProcessUser.current() == 0, "takes root, to make a network namespace");
        assertThat(KernelRehearsal.run()).isTrue();
        assertThat(NetworkNamespace.names()).noneMatch(name -> name.startsWith("pointsman-training-"));
    }
}
