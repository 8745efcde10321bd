package io.pointsman.testkit.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.NetworkNamespace;
import java.util.concurrent.TimeUnit;
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
        final Process orphan = left.call(() -> new ProcessBuilder("sleep", "1000").start());
        final Process strangers = stranger.call(() -> new ProcessBuilder("sleep", "1000").start());
        try {
            final Lab living = labs.closing(Lab.open());
            final LabHost host = living.addHost("host");
            assertThat(left.exists()).isFalse();
            assertThat(stranger.exists()).isTrue();
            assertThat(orphan.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(strangers.isAlive()).isTrue();
            Janitor.removeLeftovers();
            assertThat(host.namespace().exists()).isTrue();
        } finally {
            orphan.destroyForcibly();
            strangers.destroyForcibly();
            stranger.delete();
            left.delete();
        }
    }
}
