package io.pointsman.testkit.uml;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * Pins User Mode Linux to one processor, a different one for each running kernel as long as there are enough. Each system
 * call inside switches between two processes of this machine; if they run on different processors, each switch wakes one of
 * them up, and programs inside take twice as long.
 */
final class QuietCpu implements AutoCloseable {
    private static final Path TASKSET = Path.of("/usr/bin/taskset");
    private static final long WATCHED_MILLIS = 200;
    private static final String ALLOWED = "Cpus_allowed_list:";
    private static final int IDLE_FIELD = 4; // cpuN user nice system idle …, proc(5)

    private static final Set<Integer> TAKEN = new HashSet<>();

    private final OptionalInt cpu;

    private QuietCpu(OptionalInt cpu) {
        this.cpu = cpu;
    }

    /** Reserves the most idle processor that no other kernel of this process uses, until closed. */
    static QuietCpu take() throws IOException, InterruptedException {
        synchronized (TAKEN) {
            final List<Integer> allowed = allowed();
            if (allowed.size() < 2 || !Files.isExecutable(TASKSET)) {
                return new QuietCpu(OptionalInt.empty());
            }
            final List<Integer> free = new ArrayList<>(allowed);
            free.removeAll(TAKEN);
            final int best = mostIdle(free.isEmpty() ? allowed : free);
            TAKEN.add(best);
            return new QuietCpu(OptionalInt.of(best));
        }
    }

    /** Returns words to put before a command line; empty if there is no choice. */
    List<String> prefix() {
        return cpu.isEmpty() ? List.of() : List.of(TASKSET.toString(), "--cpu-list", Integer.toString(cpu.getAsInt()));
    }

    @Override
    public void close() {
        synchronized (TAKEN) {
            cpu.ifPresent(TAKEN::remove);
        }
    }

    private static List<Integer> allowed() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
            if (line.startsWith(ALLOWED)) {
                return parse(line.substring(ALLOWED.length()).strip());
            }
        }
        return List.of();
    }

    /** Parses a list such as {@code 0-2,5}. */
    static List<Integer> parse(String list) {
        final List<Integer> cpus = new ArrayList<>();
        for (String part : list.split(",", -1)) {
            final String[] ends = part.split("-", 2);
            final int last = Integer.parseInt(ends[ends.length - 1]);
            for (int cpu = Integer.parseInt(ends[0]); cpu <= last; cpu++) {
                cpus.add(cpu);
            }
        }
        return cpus;
    }

    private static int mostIdle(List<Integer> allowed) throws IOException, InterruptedException {
        final Map<Integer, Long> before = idleTicks();
        Thread.sleep(WATCHED_MILLIS);
        final Map<Integer, Long> after = idleTicks();
        int best = allowed.getFirst();
        long most = -1;
        for (int cpu : allowed) {
            final long idle = after.getOrDefault(cpu, 0L) - before.getOrDefault(cpu, 0L);
            if (idle >= most) { // the last of equals, as the first handles more interrupts
                best = cpu;
                most = idle;
            }
        }
        return best;
    }

    private static Map<Integer, Long> idleTicks() throws IOException {
        final Map<Integer, Long> ticks = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("/proc/stat"))) {
            final String[] fields = line.split(" +", -1);
            if (fields[0].matches("cpu[0-9]+")) {
                ticks.put(Integer.parseInt(fields[0].substring(3)), Long.parseLong(fields[IDLE_FIELD]));
            }
        }
        return ticks;
    }
}
