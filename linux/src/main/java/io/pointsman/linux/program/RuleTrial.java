package io.pointsman.linux.program;

import java.io.IOException;
import java.util.Optional;

/**
 * Tries whether a program can load rules into this kernel, for real, in a network namespace that is gone afterwards. A program
 * may be installed, list no rules, say that all is well, and yet have no part of the kernel that takes any.
 */
public final class RuleTrial {
    /** How util-linux' unshare begins when it is not allowed to, or is not there to make a namespace. */
    private static final String NO_NAMESPACE = "unshare: unshare failed";

    private RuleTrial() {}

    /**
     * What the program complains of; empty when it does not, and also where this process may make no network namespace, so
     * that nothing could be tried.
     *
     * @param rules its input
     * @throws IOException when programs can't be started at all
     */
    public static Optional<String> complaint(Programs programs, String rules, String... command) throws IOException {
        final String[] inside = new String[command.length + 2];
        inside[0] = "unshare";
        inside[1] = "--net";
        System.arraycopy(command, 0, inside, 2, command.length);
        final ProgramResult result = programs.feed(rules, inside);
        return result.isSuccess() || result.errors().startsWith(NO_NAMESPACE)
                ? Optional.empty()
                : Optional.of(result.complaint());
    }
}
