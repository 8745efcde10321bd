package io.pointsman.linux.program;

import java.io.IOException;
import java.util.Optional;

/**
 * Tries whether a program can load rules into this kernel, for real, in a network namespace that is gone afterwards. A program
 * may be installed, list no rules, say that all is well, and yet have no part of the kernel that takes any.
 */
public final class RuleTrial {
    /** How unshare begins when it may not make a namespace: that of util-linux "failed", that of BusyBox "(0x…)". */
    private static final String NO_NAMESPACE = "unshare: unshare";

    private RuleTrial() {}

    /**
     * What the program complains of, or that it is not installed; empty when it is content, and also where no network
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
