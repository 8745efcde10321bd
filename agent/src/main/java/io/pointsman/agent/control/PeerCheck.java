package io.pointsman.agent.control;

import io.pointsman.linux.ProcessUser;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;

/** Who may ask: root and the user that this process works as, by what the kernel says of the other side. */
final class PeerCheck {
    private final Set<UserPrincipal> allowed;

    private PeerCheck(Set<UserPrincipal> allowed) {
        this.allowed = allowed;
    }

    static PeerCheck ofThisProcess() throws IOException {
        final UserPrincipalLookupService users = FileSystems.getDefault().getUserPrincipalLookupService();
        // By number: a container may have no names.
        final UserPrincipal own = users.lookupPrincipalByName(Integer.toUnsignedString(ProcessUser.current()));
        final UserPrincipal root = users.lookupPrincipalByName("0");
        return new PeerCheck(own.equals(root) ? Set.of(root) : Set.of(root, own));
    }

    /** Whether this one may. */
    boolean admits(SocketChannel client) throws IOException {
        return allowed.contains(
                client.getOption(ExtendedSocketOptions.SO_PEERCRED).user());
    }
}
