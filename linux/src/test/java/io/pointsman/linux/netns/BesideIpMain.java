package io.pointsman.linux.netns;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Makes and removes namespaces on a host that never had one, while the script given uses {@code ip netns}. */
final class BesideIpMain {
    private static final int ROUNDS = 10;
    private static final Path OWN = Path.of("/proc/thread-self/ns/net");

    private BesideIpMain() {}

    /** Takes the script; prints the names that are left. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        final List<NetworkNamespace> made = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            made.add(NetworkNamespace.create("first" + i));
        }
        final Process script =
                new ProcessBuilder("sh", "-ec", arguments[0]).inheritIO().start();
        for (int round = 0; round < ROUNDS; round++) {
            final NetworkNamespace namespace = NetworkNamespace.create("round" + round);
            namespace.call(() -> Files.readSymbolicLink(OWN));
            namespace.delete();
        }
        if (script.waitFor() != 0) {
            System.out.println("the script failed");
        }
        for (NetworkNamespace namespace : made) {
            namespace.call(() -> Files.readSymbolicLink(OWN));
            namespace.delete();
        }
        System.out.println("left: " + NetworkNamespace.names());
    }
}
