package io.pointsman.spi.iptables;

import io.pointsman.linux.KernelException;
import io.pointsman.linux.Sysctl;
import io.pointsman.linux.conntrack.ConntrackNetlink;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Rules and sysctls of one network namespace, as the host's programs reach them. Any thread. */
final class Kernel {
    private final Place place;
    private final Commands commands;
    private final String lockWaitSeconds;

    Kernel(Place place, int lockWaitSeconds) {
        this.place = place;
        this.commands = new Commands(place);
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

    /** The value of a sysctl; empty when there is none of that name. */
    Optional<String> sysctl(String name) throws IOException {
        return place.call(() -> Sysctl.read(name));
    }

    /** Sets a sysctl. */
    void setSysctl(String name, String value) throws IOException {
        place.call(() -> Sysctl.apply(List.of(Sysctl.must(name, value))));
    }

    /** Access to tracked connections; the caller closes it. */
    ConntrackNetlink connections() throws KernelException {
        return place.call(ConntrackNetlink::open);
    }
}
