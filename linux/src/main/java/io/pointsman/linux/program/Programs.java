package io.pointsman.linux.program;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;

/** Runs programs of the host, one call a program. Any thread. */
public final class Programs {
    /** How many process ids are remembered. */
    public static final int REMEMBERED = 256;

    /** Well above what the largest rule set takes, and the wait for the lock that iptables programs share. */
    private static final Duration DEADLINE = Duration.ofMinutes(5);

    /** What changes nothing is a question, and answered soon. */
    private static final Duration NOBODYS_DEADLINE = Duration.ofSeconds(60);

    private final String owner;
    private final Duration deadline;
    private final int outputBytes;
    private final Launcher launcher;
    private final ArrayDeque<Integer> started = new ArrayDeque<>();

    /** Starts a process, in whichever network namespace it is to be: a child is where the thread is that starts it. */
    public interface Launcher {
        Process start(ProcessBuilder builder) throws IOException;
    }

    /**
     * Programs of an owner.
     *
     * @param owner whose they are, for {@link Orphans}: mostly a state directory; empty for nobody's
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

    /** The same with another time for each program to end in; one that does not is killed. */
    public Programs within(Duration newDeadline) {
        return new Programs(owner, launcher, newDeadline, outputBytes);
    }

    /** The same with another bound for what each program may print. */
    Programs printingAtMost(int newOutputBytes) {
        return new Programs(owner, launcher, deadline, newOutputBytes);
    }

    /** Those of an owner, in the network namespace of the thread that calls. */
    public static Programs of(String owner) {
        return new Programs(owner, ProcessBuilder::start);
    }

    /** Nobody's, for programs that change nothing; in the network namespace of the thread that calls. */
    public static Programs ofNobody() {
        return of("");
    }

    /**
     * Runs a program to its end.
     *
     * @throws IOException when it can't be started, does not end in time, or prints without end; then it was killed, with
     *     what it started
     */
    public ProgramResult run(String... command) throws IOException {
        return feed("", command);
    }

    /** As {@link #run}, with this text as its input. */
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

    /** As {@link #feed}, for one that has to succeed; returns what it printed. */
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
