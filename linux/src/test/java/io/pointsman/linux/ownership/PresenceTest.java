package io.pointsman.linux.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PresenceTest {
    private static final long OWN = ProcessHandle.current().pid();

    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    @Test
    void shouldBeKnownByItsNameUntilClosed() throws IOException {
        final String who = "presence-test-" + OWN;
        assertThat(Presence.of(who)).isEmpty();
        final Presence first = Presence.announce(who);
        try (Presence _ = Presence.announce(who)) {
            assertThat(Presence.of(who)).containsExactly(OWN);
            assertThat(Presence.of(who + "-other")).isEmpty();
            assertThat(Presence.of("presence-test-.*")).isEmpty();

            first.close();
            first.close();
            assertThat(Presence.of(who)).as("the second is there still").containsExactly(OWN);
        }
        assertThat(Presence.of(who)).isEmpty();
    }

    @Test
    void shouldBeUnknownInOtherNetworkNamespaces() throws IOException {
        final NetworkNamespace here = namespaces.create();
        final NetworkNamespace elsewhere = namespaces.create();
        try (Presence _ = here.call(() -> Presence.announce("presence-test"))) {
            assertThat(here.call(() -> Presence.of("presence-test"))).containsExactly(OWN);
            assertThat(elsewhere.call(() -> Presence.of("presence-test"))).isEmpty();
        }
    }

    @Test
    void shouldTakeAnyNameThatFits() throws IOException {
        final String odd = "düne/7 @pointsman/x".repeat(4);
        try (Presence _ = Presence.announce(odd)) {
            assertThat(Presence.of(odd)).containsExactly(OWN);
        }
        assertThatThrownBy(() -> Presence.announce("x".repeat(120))).isInstanceOf(KernelException.class);
    }
}
