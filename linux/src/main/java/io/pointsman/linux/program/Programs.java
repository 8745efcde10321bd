package io.pointsman.linux.program;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;

/** Runs programs of the host, one program a call. Any thread. */
public final class Programs {
    /** Number of process ids that are remembered. */
    public static final int REMEMBERED = 256;

    /**
     * Deadline of programs with an owner: well above what the largest rule set takes, with the wait for the lock that
     * iptables programs share.
     */
    private static final Duration DEADLINE = Duration.ofMinutes(5);

    /** Deadline of programs without an owner: they change nothing, and answer soon. */
    private static final Duration NOBODYS_DEADLINE = Duration.ofSeconds(60);

    private final String owner;
    private final Duration deadline;
    private final int outputBytes;
    private final Launcher launcher;
    private final ArrayDeque<Integer> started = new ArrayDeque<>();

    /** Starts a process in the network namespace where it belongs: a child is in that of the thread that starts it. */
    public interface Launcher {
        Process start(ProcessBuilder builder) throws IOException;
    }

    /**
     * Creates programs of an owner.
     *
     * @param owner for {@link Orphans}: mostly a state directory; empty for none
     */
    public Programs(String owner, Launcher launcher) {
        this(owner, launcher, owner.isEmpty() ? NOBODYS_DEADLINE : DEADLINE, ProgramRun.usualOutputBytes());
    }

    private Programs(String owner, Launcher launcher, Duration deadline, int outputBytes) {
        this.owner = owner;
        this.outputBytes = outputBytes;
        this.launcher = launcher;
        this.deadline = deadline;
    }

    /** Returns programs with another deadline; a program that does not end by then is killed. */
    public Programs within(Duration newDeadline) {
        return new Programs(owner, launcher, newDeadline, outputBytes);
    }

    /** Returns programs with another limit on the output of each, in bytes. */
    Programs printingAtMost(int newOutputBytes) {
        return new Programs(owner, launcher, deadline, newOutputBytes);
    }

    /** Returns programs of an owner, in the network namespace of the calling thread. */
    public static Programs of(String owner) {
        return new Programs(owner, ProcessBuilder::start);
    }

    /** Returns programs without an owner, which must change nothing; in the network namespace of the calling thread. */
    public static Programs ofNobody() {
        return of("");
    }

    /**
     * Runs a program to its end.
     *
     * @throws IOException if it can't be started, does not end in time, or prints too much; then it was killed, with what it
     *     started
     */
    public ProgramResult run(String... command) throws IOException {
        return feed("", command);
    }

    /** Runs a program with this text as its input; else as {@link #run}. */
    public ProgramResult feed(String input, String... command) throws IOException {
        final ProcessBuilder builder = new ProcessBuilder(command);
        if (!owner.isEmpty()) {
            builder.environment().put(Orphans.OWNER, owner);
        }
        final String mark = ProgramRun.newMark();
        builder.environment().put(ProgramRun.MARK, mark);
        final Process process = launcher.start(builder);
        remember((int) process.pid());
        return new ProgramRun(command[0], mark, process, outputBytes).finish(input, deadline);
    }

    /** Runs a program that must succeed; returns its output. */
    public String require(String input, String... command) throws IOException {
        final ProgramResult result = feed(input, command);
        if (!result.isSuccess()) {
            throw new IOException(command[0] + ": " + result.complaint());
        }
        return result.output();
    }

    private synchronized void remember(int pid) {
        started.addLast(pid);
        if (started.size() > REMEMBERED) {
            started.removeFirst();
        }
    }

    /** Whether it is one of the last {@value #REMEMBERED} programs started here. */
    public synchronized boolean isOwn(int pid) {
        return started.contains(pid);
    }
}
