package io.pointsman.linux.program;

import java.io.IOException;
import java.util.Optional;

/**
 * Tries to load rules into this kernel with a program, in a network namespace that is gone afterwards. A program may be
 * installed, list no rules, and report success, although the kernel lacks the part that takes its rules.
 */
public final class RuleTrial {
    /** Start of unshare's error when it may not make a namespace: util-linux goes on with "failed", BusyBox with "(0x…)". */
    private static final String NO_NAMESPACE = "unshare: unshare";

    private RuleTrial() {}

    /**
     * Returns the program's complaint, or that it is not installed. Empty if it loads the rules, and also if no network
     * namespace can be made, so that nothing could be tried.
     *
     * @param rules its input
     */
    public static Optional<String> complaint(Programs programs, String rules, String... command) {
        final String[] inside = new String[command.length + 2];
        inside[0] = "unshare";
        inside[1] = "--net";
        System.arraycopy(command, 0, inside, 2, command.length);
        final ProgramResult result;
        try {
            result = programs.feed(rules, inside);
        } catch (IOException _) {
            return Optional.empty(); // there is no unshare
        }
        return result.isSuccess() || result.errors().startsWith(NO_NAMESPACE)
                ? Optional.empty()
                : Optional.of(result.complaint());
    }
}
