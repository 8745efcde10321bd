package io.pointsman.testkit.uml;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A kernel booted for one command. It mounts the machine's own file system below a layer in memory that takes all writes, so
 * nothing of the machine is changed; only the given folder is shared, at its own path. It ends with the process that booted
 * it, even if that is killed.
 */
final class UmlMachine {
    private static final int MEMORY_MEBIBYTES = 2048;

    /**
     * Runs its arguments, and kills them with all their child processes when its standard input ends. This process holds the
     * other end, which closes however the process ends.
     */
    private static final String LEASH = """
            exec 3<&0
            setsid "$@" </dev/null 3<&- &
            kernel=$!
            (
              read -r _ <&3
              kill -s KILL -- "-$kernel" || kill -s KILL "$kernel"
            ) &
            watch=$!
            exec 3<&-
            wait "$kernel"
            kill "$watch"
            """;

    private final UmlKernel kernel;
    private final Path shared;
    private final List<String> modules;

    /** Way in which the machine ended. */
    enum End {
        /** The machine powered itself off. */
        DONE,
        /** The machine was killed after the time limit. */
        TIME_LIMIT
    }

    /**
     * Creates a machine that is not booted yet.
     *
     * @param shared an empty folder owned by this process
     * @param modules kernel modules to load
     */
    UmlMachine(UmlKernel kernel, Path shared, List<String> modules) {
        this.kernel = kernel;
        this.shared = shared.toAbsolutePath();
        this.modules = modules;
    }

    /** Returns the file with its console output. */
    Path console() {
        return shared.resolve("console");
    }

    /** Boots, runs a shell command as root and waits for its end. */
    End run(String command, Duration limit) throws IOException, InterruptedException {
        try (QuietCpu cpu = QuietCpu.take()) {
            return run(command, limit, cpu.prefix());
        }
    }

    private End run(String command, Duration limit, List<String> prefix) throws IOException, InterruptedException {
        Files.createDirectories(shared.resolve("memory"));
        final Path init = shared.resolve("init");
        Files.writeString(init, script(command), StandardCharsets.UTF_8);
        if (!init.toFile().setExecutable(true)) {
            throw new IOException(init + " can't be made executable");
        }
        final List<String> line = new ArrayList<>(prefix);
        line.addAll(List.of(
                "sh",
                "-c",
                LEASH,
                "leash",
                kernel.program().toString(),
                "mem=" + MEMORY_MEBIBYTES + "M",
                "rootfstype=hostfs",
                "rootflags=/",
                "rw",
                "quiet",
                "uml_dir=" + shared + "/",
                "umid=uml",
                "init=" + init,
                "con=null",
                "con0=fd:0,fd:1"));
        final Process process = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(console().toFile())
                .start();
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS) ? End.DONE : End.TIME_LIMIT;
        } finally {
            // Its processes and threads are processes of this machine.
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    /** Returns the script of the first process inside. Whatever fails, it powers off at its end. */
    private String script(String command) {
        return """
                #!/bin/sh
                work() {
                  mount -t proc proc /proc
                  grep -qw overlay /proc/filesystems || insmod @MODULES@/kernel/fs/overlayfs/overlay.ko* || return
                  mount -t tmpfs -o size=1g,mode=755 tmpfs @MEMORY@ || return
                  mkdir @MEMORY@/upper @MEMORY@/work @MEMORY@/root
                  mount -t overlay -o lowerdir=/,upperdir=@MEMORY@/upper,workdir=@MEMORY@/work overlay @MEMORY@/root || return
                  cd @MEMORY@/root || return
                  mkdir -p lib/modules old
                  rm -rf lib/modules/@VERSION@
                  ln -s @MODULES@ lib/modules/@VERSION@
                  mount --bind @SHARED@ .@SHARED@ || return
                  pivot_root . old || return
                  cd /
                  mount -t proc proc /proc
                  mount -t sysfs sysfs /sys
                  mount -t tmpfs tmpfs /run
                  mkdir -p /dev/shm /run/tmp
                  mount -t tmpfs tmpfs /dev/shm
                  ip link set lo up
                  for module in @NAMES@; do
                    modprobe $module || echo "no kernel module $module"
                  done
                  @COMMAND@
                }
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
                export PATH
                work
                echo o >/proc/sysrq-trigger
                sleep 10
                """.replace("@MEMORY@", shared.resolve("memory").toString())
                .replace("@MODULES@", kernel.modules().toString())
                .replace("@VERSION@", kernel.modules().getFileName().toString())
                .replace("@SHARED@", shared.toString())
                .replace("@NAMES@", String.join(" ", modules))
                .replace("@COMMAND@", command);
    }
}
