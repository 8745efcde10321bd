package io.pointsman.testkit.lab;

import io.pointsman.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names namespaces after the process that owns them, and removes those of processes that died without doing so. */
final class Janitor {
    private static final Pattern OWNED = Pattern.compile("pmlab-([0-9]{1,18})-[0-9]+-.*");

    private Janitor() {}

    static String prefix(long pid, int lab) {
        return "pmlab-" + pid + "-" + lab + "-";
    }

    /** A process of the same number that came later keeps leftovers alive until it ends; nothing worse. */
    static void removeLeftovers() throws IOException {
        for (String name : NetworkNamespace.names()) {
            final Matcher owned = OWNED.matcher(name);
            if (owned.matches()
                    && ProcessHandle.of(Long.parseLong(owned.group(1))).isEmpty()) {
                NetworkNamespace.named(name).delete();
            }
        }
    }
}
