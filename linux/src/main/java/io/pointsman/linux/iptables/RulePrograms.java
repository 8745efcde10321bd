package io.pointsman.linux.iptables;

import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;

/** The programs that print and load rules, for a writer whose chains have a prefix. Any thread. */
public final class RulePrograms {
    /** RESOURCE_PROBLEM in iptables' include/xtables.h. */
    private static final int EXIT_RESOURCE_PROBLEM = 4;

    private final Programs programs;
    private final String prefix;
    private final String lockWaitSeconds;

    /**
     * Runs them by these programs' launcher.
     *
     * @param prefix with which the names of our chains, and of nobody else's, begin
     * @param lockWaitSeconds how long to wait for the lock that all iptables programs share
     */
    public RulePrograms(Programs programs, String prefix, int lockWaitSeconds) {
        this.programs = programs;
        this.prefix = prefix;
        this.lockWaitSeconds = Integer.toString(lockWaitSeconds);
    }

    /**
     * The tables of a family by name; a table that nobody used yet may be missing.
     *
     * @param needed names of tables that must not be missing for another reason
     * @throws IOException naming one of these that has a rule which iptables can't show: what it does not show is not gone
     */
    public Map<String, SavedTable> save(Flavour flavour, IpFamily family, Collection<String> needed)
            throws IOException {
        return SavedTable.parse(text(flavour, family, needed, flavour.save(family)), prefix);
    }

    /**
     * The rules of a family as they are printed with the packets and bytes that met each: {@code [packets:bytes] -A CHAIN rule}.
     *
     * @param needed as for {@link #save}
     * @throws IOException as {@link #save} does
     */
    public String saveWithCounters(Flavour flavour, IpFamily family, Collection<String> needed) throws IOException {
        return text(flavour, family, needed, flavour.save(family), "-c");
    }

    private String text(Flavour flavour, IpFamily family, Collection<String> needed, String... command)
            throws IOException {
        final String saved = programs.require("", command);
        for (String table : UnshownTables.in(saved)) {
            if (needed.contains(table)) {
                throw new IOException(UnshownTables.words(flavour, family, table));
            }
        }
        return saved;
    }

    /**
     * Loads rules beside those that are there. A table changes as a whole or not at all.
     *
     * @throws LockedException when another program does not let go of the lock
     */
    public ProgramResult restore(Flavour flavour, IpFamily family, String text) throws IOException {
        final String program = flavour.restore(family);
        final ProgramResult result = programs.feed(text, program, "--noflush", "-w", lockWaitSeconds);
        if (isLockedOut(result)) {
            throw new LockedException(program + ": another program held the xtables lock for the " + lockWaitSeconds
                    + " s that it waited");
        }
        return result;
    }

    /** Whether it gave up waiting for the lock that all iptables programs share. */
    private static boolean isLockedOut(ProgramResult result) {
        return result.exitCode() == EXIT_RESOURCE_PROBLEM && result.errors().contains("xtables lock");
    }

    /**
     * As {@link #restore}, for rules that have to load. Does nothing for an empty one.
     *
     * @throws IOException with what the program complained of
     */
    public void load(Flavour flavour, IpFamily family, Restore restore) throws IOException {
        if (!restore.isEmpty()) {
            final ProgramResult result = restore(flavour, family, restore.text());
            if (!result.isSuccess()) {
                throw new IOException(flavour.restore(family) + ": " + result.complaint());
            }
        }
    }
}
