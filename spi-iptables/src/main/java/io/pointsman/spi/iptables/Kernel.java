package io.pointsman.spi.iptables;

import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Rules and sysctls of one network namespace, as the host's programs reach them. Any thread. */
final class Kernel {
    private final Commands commands;
    private final String lockWaitSeconds;

    Kernel(Commands commands, int lockWaitSeconds) {
        this.commands = commands;
        this.lockWaitSeconds = Integer.toString(lockWaitSeconds);
    }

    /** The tables of a family, by {@link Table#word}. */
    Map<String, SavedTable> save(Flavour flavour, IpFamily family) throws IOException {
        final Commands.Result result = commands.run(flavour.save(family));
        if (!result.isSuccess()) {
            throw new IOException(flavour.save(family) + ": " + result.complaint());
        }
        return SavedTable.parse(result.output());
    }

    /** Loads rules beside those that are there. A table changes as a whole or not at all. */
    Commands.Result restore(Flavour flavour, IpFamily family, String text) throws IOException {
        return commands.feed(text, flavour.restore(family), "--noflush", "-w", lockWaitSeconds);
    }

    /** Whether a chain is there. */
    boolean hasChain(Flavour flavour, IpFamily family, Table table, String chain) throws IOException {
        final String program = Flavour.program(family) + "-" + flavour.word();
        return commands.run(program, "-w", lockWaitSeconds, "-t", table.word(), "-S", chain)
                .isSuccess();
    }

    /** The value of a sysctl, its name with dots. */
    String sysctl(String name) throws IOException {
        final Commands.Result result = commands.run("cat", path(name));
        if (!result.isSuccess()) {
            throw new IOException("sysctl " + name + ": " + result.complaint());
        }
        return result.output().strip();
    }

    void setSysctl(String name, String value) throws IOException {
        final Commands.Result result = commands.feed(value + "\n", "tee", path(name));
        if (!result.isSuccess()) {
            throw new IOException("sysctl " + name + ": " + result.complaint());
        }
    }

    private static String path(String sysctl) {
        return Path.of("/proc/sys", sysctl.split("\\.")).toString();
    }
}
