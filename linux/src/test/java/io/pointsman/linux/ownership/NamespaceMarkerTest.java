package io.pointsman.linux.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class NamespaceMarkerTest {
    private static final long OWN = ProcessHandle.current().pid();

    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    @Test
    void shouldBeKnownByItsNameUntilClosed() throws IOException {
        final String who = "presence-test-" + OWN;
        assertThat(NamespaceMarker.of(who)).isEmpty();
        final NamespaceMarker first = NamespaceMarker.announce(who);
        try (NamespaceMarker _ = NamespaceMarker.announce(who)) {
            assertThat(NamespaceMarker.of(who)).containsExactly(OWN);
            assertThat(NamespaceMarker.of(who + "-other")).isEmpty();
            assertThat(NamespaceMarker.of("presence-test-.*")).isEmpty();

            first.close();
            first.close();
            assertThat(NamespaceMarker.of(who)).as("the second is there still").containsExactly(OWN);
        }
        assertThat(NamespaceMarker.of(who)).isEmpty();
    }

    @Test
    void shouldBeUnknownInOtherNetworkNamespaces() throws IOException {
        final NetworkNamespace here = namespaces.create();
        final NetworkNamespace elsewhere = namespaces.create();
        try (NamespaceMarker _ = here.call(() -> NamespaceMarker.announce("presence-test"))) {
            assertThat(here.call(() -> NamespaceMarker.of("presence-test"))).containsExactly(OWN);
            assertThat(elsewhere.call(() -> NamespaceMarker.of("presence-test")))
                    .isEmpty();
        }
    }

    @Test
    void shouldTakeAnyNameThatFits() throws IOException {
        final String odd = "düne/7 @pointsman/x".repeat(4);
        try (NamespaceMarker _ = NamespaceMarker.announce(odd)) {
            assertThat(NamespaceMarker.of(odd)).containsExactly(OWN);
        }
        assertThatThrownBy(() -> NamespaceMarker.announce("x".repeat(120))).isInstanceOf(KernelException.class);
    }
}
