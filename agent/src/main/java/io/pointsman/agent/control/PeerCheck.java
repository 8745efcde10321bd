package io.pointsman.agent.control;

import io.pointsman.linux.ProcessUser;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;

/** Decides which clients may connect: root, and the user of this process, by the peer credentials of the socket. */
final class PeerCheck {
    private final Set<UserPrincipal> allowed;

    private PeerCheck(Set<UserPrincipal> allowed) {
        this.allowed = allowed;
    }

    static PeerCheck ofThisProcess() throws IOException {
        final UserPrincipalLookupService users = FileSystems.getDefault().getUserPrincipalLookupService();
        // By number: a container may have no user names.
        final UserPrincipal own = users.lookupPrincipalByName(Integer.toUnsignedString(ProcessUser.current()));
        final UserPrincipal root = users.lookupPrincipalByName("0");
        return new PeerCheck(own.equals(root) ? Set.of(root) : Set.of(root, own));
    }

    /** Whether the client's user is allowed. */
    boolean admits(SocketChannel client) throws IOException {
        return allowed.contains(
                client.getOption(ExtendedSocketOptions.SO_PEERCRED).user());
    }
}
