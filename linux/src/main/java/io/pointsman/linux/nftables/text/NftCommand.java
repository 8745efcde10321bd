package io.pointsman.linux.nftables.text;

import io.pointsman.linux.program.ProgramResult;
import io.pointsman.linux.program.Programs;
import java.io.IOException;
import java.util.Optional;
import java.util.regex.Pattern;

/** The program {@code nft}, run in the calling thread's network namespace. Any thread. */
public final class NftCommand {
    private static final String PROGRAM = "nft";
    private static final String MISSING = "the program nft is missing, install the package nftables";

    /** Message of {@link ProcessBuilder#start} for ENOENT. */
    private static final Pattern NO_SUCH_PROGRAM = Pattern.compile("^Cannot run program .*error[:=] ?2\\b");

    private final Programs programs;

    /**
     * Creates a command.
     *
     * @param programs starts programs for the owner of the tables
     */
    public NftCommand(Programs programs) {
        this.programs = programs;
    }

    /** Returns why the host's kernel or program would refuse this text; empty if they accept it. Changes nothing. */
    public static Optional<String> refusal(String text) {
        try {
            run(Programs.ofNobody(), text, "-c", "-f", "-");
            return Optional.empty();
        } catch (IOException e) {
            final String reason = String.valueOf(e.getMessage());
            return Optional.of(NO_SUCH_PROGRAM.matcher(reason).find() ? MISSING : reason);
        }
    }

    /**
     * Executes all of a text, or nothing.
     *
     * @throws IOException with nft's complaint
     */
    public void execute(String text) throws IOException {
        run(programs, text, "-f", "-");
    }

    /** Whether a table exists, given as {@code inet pointsman}. */
    public boolean hasTable(String table) throws IOException {
        return run(programs, "", "list", "tables").lines().anyMatch(line -> line.strip()
                .equals("table " + table));
    }

    private static String run(Programs programs, String input, String... arguments) throws IOException {
        final String[] command = new String[arguments.length + 1];
        command[0] = PROGRAM;
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        final ProgramResult result = programs.feed(input, command);
        if (!result.isSuccess()) {
            // After the first line nft repeats the text, with marks below.
            final String complaint = result.errors().lines().findFirst().orElseGet(result::complaint);
            throw new IOException(PROGRAM + ": " + complaint);
        }
        return result.output();
    }
}
