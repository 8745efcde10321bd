package io.pointsman.agent.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.ProcessUser;
import io.pointsman.linux.netns.NetworkNamespace;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class KernelRehearsalTest {
    private static final String PREFIX = "pointsman-training-";

    @Test
    void shouldProgramAWholeClusterAndLeaveNothing() throws Exception {
        Assumptions.assumeTrue(ProcessUser.current() == 0, "takes root, to make a network namespace");
        final NetworkNamespace stale = NetworkNamespace.create(PREFIX + Integer.MAX_VALUE); // no such process
        try {
            assertThat(KernelRehearsal.run()).isTrue();
            assertThat(NetworkNamespace.names())
                    .doesNotContain(
                            stale.name(), PREFIX + ProcessHandle.current().pid());
        } finally {
            stale.delete();
        }
    }
}
