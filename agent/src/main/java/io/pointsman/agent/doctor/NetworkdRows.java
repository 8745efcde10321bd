package io.pointsman.agent.doctor;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;

/** Rows about a running systemd-networkd: when it starts, it may remove routing rules that are not in its own files. */
final class NetworkdRows {
    private static final String SUBJECT = "systemd-networkd";
    private static final String PROCESS_NAME = "systemd-network"; // the kernel keeps 15 characters
    private static final String SETTING = "ManageForeignRoutingPolicyRules";
    private static final Set<String> NO = Set.of("no", "n", "false", "f", "off", "0");

    /**
     * Configuration files: only the last existing one is read, then the files of all {@code .d} folders, by name; of
     * those with the same name, the last (networkd.conf(5)).
     */
    private static final List<String> FILES = List.of(
            "usr/lib/systemd/networkd.conf",
            "usr/local/lib/systemd/networkd.conf",
            "run/systemd/networkd.conf",
            "etc/systemd/networkd.conf");

    private final Path root;
    private final String mode;

    /**
     * Creates rows for a host whose files are below this folder.
     *
     * @param mode the agent's; only {@code userspace} adds routing rules
     */
    NetworkdRows(Path root, String mode) {
        this.root = root;
        this.mode = mode;
    }

    void look(Rows rows) throws IOException {
        if (!isRunning()) {
            rows.fine(SUBJECT, "not running");
        } else if (NO.contains(setting())) {
            rows.fine(SUBJECT, "running, keeps routing rules of other programs");
        } else {
            final String found =
                    "running, may remove routing rules of other programs when it starts (version 257 does)";
            final String remedy = SETTING + "=no under [Network] in /etc/systemd/networkd.conf.d/pointsman.conf";
            if (mode.equals("userspace")) {
                rows.toDo(SUBJECT, found, remedy + "; otherwise client addresses are lost until the next audit");
            } else {
                rows.note(SUBJECT, found, "only mode userspace has routing rules: " + remedy);
            }
        }
    }

    private boolean isRunning() throws IOException {
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(root.resolve("proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    if (Files.readString(process.resolve("comm")).strip().equals(PROCESS_NAME)) {
                        return true;
                    }
                } catch (IOException _) {
                    // it has ended
                }
            }
            return false;
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Returns the setting's value in lower case; empty if no file has it. */
    private String setting() throws IOException {
        final TreeMap<String, Path> dropIns = new TreeMap<>();
        String value = "";
        for (String file : FILES) {
            if (Files.exists(root.resolve(file))) {
                value = setting(root.resolve(file), "");
            }
            try (DirectoryStream<Path> found = Files.newDirectoryStream(root.resolve(file + ".d"), "*.conf")) {
                found.forEach(dropIn -> dropIns.put(dropIn.getFileName().toString(), dropIn));
            } catch (NoSuchFileException _) {
                // most hosts have none
            }
        }
        for (Path dropIn : dropIns.values()) {
            value = setting(dropIn, value);
        }
        return value;
    }

    private static String setting(Path file, String before) throws IOException {
        String value = before;
        String section = "";
        try {
            for (String line : Files.readAllLines(file)) {
                final String text = line.strip();
                if (text.startsWith("[")) {
                    section = text;
                } else if (section.equals("[Network]") && text.replace(" ", "").startsWith(SETTING + "=")) {
                    value = text.substring(text.indexOf('=') + 1).strip().toLowerCase(Locale.ROOT);
                }
            }
        } catch (NoSuchFileException _) {
            return before;
        }
        return value;
    }
}
