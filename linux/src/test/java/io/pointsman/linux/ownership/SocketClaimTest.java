package io.pointsman.linux.ownership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketClaimTest {
    private static final String NAME = "some.sock";

    @TempDir
    private Path parent;

    private static SocketChannel connect(Path folder) throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve(NAME)));
    }

    @Test
    void shouldBeForItsOwnerAndGoneAfterwards() throws IOException {
        final Path folder = parent.resolve("state").resolve("mode");
        final SocketClaim claim = SocketClaim.take(folder, NAME).orElseThrow();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(NAME))))
                .isEqualTo("rw-------");
        try (SocketChannel client = connect(folder);
                SocketChannel accepted = claim.channel().accept()) {
            assertThat(client.isConnected()).isTrue();
            assertThat(accepted.isConnected()).isTrue();
        }
        claim.close();
        claim.close();
        assertThat(folder.resolve(NAME)).doesNotExist();
    }

    @Test
    void shouldLeaveTheSocketOfOneWhoIsAtWork() throws IOException {
        try (SocketClaim first = SocketClaim.take(parent, NAME).orElseThrow()) {
            assertThat(SocketClaim.take(parent, NAME)).isEmpty();
            try (SocketChannel _ = connect(parent);
                    SocketChannel accepted = first.channel().accept()) {
                assertThat(accepted.isConnected()).isTrue();
            }
        }
        SocketClaim.take(parent, NAME).orElseThrow().close();
    }

    @Test
    void shouldReplaceOneThatNobodyAnswers() throws IOException {
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(parent.resolve(NAME)));
        }
        assertThatThrownBy(() -> connect(parent)).isInstanceOf(ConnectException.class);
        try (SocketClaim claim = SocketClaim.take(parent, NAME).orElseThrow();
                SocketChannel _ = connect(parent);
                SocketChannel accepted = claim.channel().accept()) {
            assertThat(accepted.isConnected()).isTrue();
        }
    }

    @Test
    void shouldSaySoWhenThePathIsTooLong() {
        assertThatThrownBy(() -> SocketClaim.take(parent.resolve("x".repeat(120)), NAME))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("107 are possible")
                .hasMessageContaining("shorter state-directory");
    }

    @Test
    void shouldNotTrustAFolderThatOthersMayChange() throws IOException {
        final Path open = Files.createDirectory(parent.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> SocketClaim.take(open, NAME)).hasMessageContaining("others may write");
    }
}
