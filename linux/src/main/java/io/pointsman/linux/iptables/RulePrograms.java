package io.pointsman.linux.iptables;

import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;

/** The programs that print and load rules, for a writer whose chains have a prefix. Any thread. */
public final class RulePrograms {
    /** Exit code RESOURCE_PROBLEM in iptables' include/xtables.h. */
    private static final int EXIT_RESOURCE_PROBLEM = 4;

    private final Programs programs;
    private final String prefix;
    private final String lockWaitSeconds;

    /**
     * Creates the programs, which are run by these.
     *
     * @param prefix of the names of our chains, which no other program uses
     * @param lockWaitSeconds maximum wait for the lock that all iptables programs share
     */
    public RulePrograms(Programs programs, String prefix, int lockWaitSeconds) {
        this.programs = programs;
        this.prefix = prefix;
        this.lockWaitSeconds = Integer.toString(lockWaitSeconds);
    }

    /**
     * Reads the tables of a family, by name; a table that was never used may be missing.
     *
     * @param needed names of tables that must not be missing for another reason
     * @throws IOException naming one of these that has a rule which iptables can't show: the table then exists, but is not
     *     printed
     */
    public Map<String, SavedTable> save(Flavour flavour, IpFamily family, Collection<String> needed)
            throws IOException {
        return SavedTable.parse(text(flavour, family, needed, flavour.save(family)), prefix);
    }

    /**
     * Reads the rules of a family as text, with the packets and bytes that each matched:
     * {@code [packets:bytes] -A CHAIN rule}.
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
     * Loads rules next to existing ones. A table changes as a whole or not at all.
     *
     * @throws LockedException if another program does not release the lock
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

    /** Whether a program gave up waiting for the lock that all iptables programs share. */
    private static boolean isLockedOut(ProgramResult result) {
        return result.exitCode() == EXIT_RESOURCE_PROBLEM && result.errors().contains("xtables lock");
    }

    /**
     * Loads rules that must load; else as {@link #restore}. Does nothing for an empty input.
     *
     * @throws IOException with the program's error output
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
