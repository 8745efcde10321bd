package io.pointsman.testkit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.NetworkNamespace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class JanitorTest {
    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @Test
    void shouldRemoveWhatADeadProcessLeftAndNothingElse() throws Exception {
        final Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        final NetworkNamespace left = NetworkNamespace.create(Janitor.prefix(dead.pid(), 1) + "host");
        final NetworkNamespace stranger = NetworkNamespace.create("pmother-" + dead.pid() + "-1-host");
        try {
            final Lab living = labs.closing(Lab.open());
            final LabHost host = living.addHost("host");
            assertThat(left.exists()).isFalse();
            assertThat(stranger.exists()).isTrue();
            Janitor.removeLeftovers();
            assertThat(host.namespace().exists()).isTrue();
        } finally {
            stranger.delete();
            left.delete();
        }
    }
}
