package io.pointsman.testkit.lab;

import io.pointsman.linux.netns.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names namespaces after the process that owns them, and removes those of processes that died and left them. */
final class Janitor {
    private static final Pattern OWNED = Pattern.compile("pmlab-([0-9]{1,18})-[0-9]+-.*");

    private Janitor() {}

    /** Returns the prefix of the names of all namespaces of a process. */
    static String prefix(long pid) {
        return "pmlab-" + pid + "-";
    }

    static String prefix(long pid, int lab) {
        return prefix(pid) + lab + "-";
    }

    /** Removes namespaces of dead processes. If a new process has the same number, they stay until it ends. */
    static void removeLeftovers() throws IOException {
        final List<NetworkNamespace> leftovers = new ArrayList<>();
        for (String name : NetworkNamespace.names()) {
            final Matcher owned = OWNED.matcher(name);
            if (owned.matches()
                    && ProcessHandle.of(Long.parseLong(owned.group(1))).isEmpty()) {
                leftovers.add(NetworkNamespace.named(name));
            }
        }
        endProcessesIn(leftovers);
        for (NetworkNamespace leftover : leftovers) {
            leftover.delete();
        }
    }

    /** Kills programs that run inside, as the kernel would keep the namespaces for them. */
    static void endProcessesIn(Collection<NetworkNamespace> namespaces) throws IOException {
        if (namespaces.isEmpty()) {
            return;
        }
        final Set<String> links = new HashSet<>();
        for (NetworkNamespace namespace : namespaces) {
            if (namespace.exists()) {
                links.add("net:[" + Files.getAttribute(namespace.file(), "unix:ino") + "]");
            }
        }
        final long own = ProcessHandle.current().pid();
        ProcessHandle.allProcesses()
                .filter(process -> process.pid() != own && links.contains(namespaceOf(process)))
                .forEach(ProcessHandle::destroyForcibly);
    }

    private static String namespaceOf(ProcessHandle process) {
        try {
            return Files.readSymbolicLink(Path.of("/proc", Long.toString(process.pid()), "ns", "net"))
                    .toString();
        } catch (IOException _) {
            return ""; // it has ended meanwhile, or belongs to another user
        }
    }
}
