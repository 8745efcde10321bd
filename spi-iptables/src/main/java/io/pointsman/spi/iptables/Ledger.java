package io.pointsman.spi.iptables;

import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What we own on this host, on disk: entered before it is made, struck out after it is gone, so that a crash leaves at
 * most entries of things that never came to be. Rules do not outlive the machine's boot, so nothing is forced to the disk.
 *
 * <p>One line each: {@code + chain}, {@code - chain}, or {@code sysctl name value-before}. Not thread-safe.
 */
final class Ledger {
    private static final String FILE = "owned";

    /** A chain of ours. */
    record Chain(Flavour flavour, IpFamily family, Table table, String name) {
        private String line() {
            return flavour + " " + family.name() + " " + table + " " + name;
        }

        private static Chain parse(String line) {
            final String[] words = line.split(" ", 4);
            if (words.length != 4) {
                throw new IllegalArgumentException("not a chain: \"" + line + "\"");
            }
            return new Chain(Flavour.valueOf(words[0]), IpFamily.valueOf(words[1]), Table.valueOf(words[2]), words[3]);
        }
    }

    private final Path file;
    private final Set<Chain> chains = new LinkedHashSet<>();
    private final Map<String, String> sysctlsBefore = new LinkedHashMap<>();

    private Ledger(Path file) {
        this.file = file;
    }

    /**
     * Reads what earlier runs entered. Writes nothing.
     *
     * @throws IOException when it is there but can't be read
     */
    static Ledger open(Path directory) throws IOException {
        final Ledger ledger = new Ledger(directory.resolve(FILE));
        try {
            final List<String> lines = Files.readAllLines(ledger.file, StandardCharsets.UTF_8);
            for (int i = 0; i < lines.size(); i++) {
                try {
                    ledger.read(lines.get(i));
                } catch (IllegalArgumentException e) {
                    if (i < lines.size() - 1) { // the last may be cut short by a crash; what it enters was not made yet
                        throw new IOException(ledger.file + ", line " + (i + 1) + ": " + e.getMessage(), e);
                    }
                }
            }
        } catch (NoSuchFileException _) {
            return ledger; // nothing owned yet
        }
        return ledger;
    }

    private void read(String line) {
        if (line.startsWith("+ ")) {
            chains.add(Chain.parse(line.substring(2)));
        } else if (line.startsWith("- ")) {
            chains.remove(Chain.parse(line.substring(2)));
        } else if (line.startsWith("sysctl ")) {
            final String[] words = line.split(" ", 3);
            if (words.length != 3) {
                throw new IllegalArgumentException("not a sysctl: \"" + line + "\"");
            }
            sysctlsBefore.put(words[1], words[2]);
        } else if (!line.isBlank()) {
            throw new IllegalArgumentException("not understood: \"" + line + "\"");
        }
    }

    Set<Chain> chains() {
        return Set.copyOf(chains);
    }

    boolean hasChainsOf(IpFamily family) {
        return chains.stream().anyMatch(chain -> chain.family() == family);
    }

    /** Values that sysctls had before we set them, by name with dots. */
    Map<String, String> sysctlsBefore() {
        return Map.copyOf(sysctlsBefore);
    }

    /** Enters chains that are about to be made. */
    void enter(Collection<Chain> made) throws IOException {
        final StringBuilder lines = new StringBuilder();
        for (Chain chain : made) {
            if (chains.add(chain)) {
                lines.append("+ ").append(chain.line()).append('\n');
            }
        }
        append(lines);
    }

    /** Strikes out chains that are gone. */
    void strike(Collection<Chain> gone) throws IOException {
        final StringBuilder lines = new StringBuilder();
        for (Chain chain : gone) {
            if (chains.remove(chain)) {
                lines.append("- ").append(chain.line()).append('\n');
            }
        }
        append(lines);
    }

    /** Enters a sysctl that is about to be set; what it was before our first time stays. */
    void enterSysctl(String name, String before) throws IOException {
        if (sysctlsBefore.putIfAbsent(name, before) == null) {
            append("sysctl " + name + " " + before + "\n");
        }
    }

    private void append(CharSequence lines) throws IOException {
        if (lines.isEmpty()) {
            return;
        }
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** Writes the file anew, without what was struck out. */
    void compact() throws IOException {
        if (!Files.exists(file)) {
            return;
        }
        final StringBuilder lines = new StringBuilder();
        chains.forEach(chain -> lines.append("+ ").append(chain.line()).append('\n'));
        sysctlsBefore.forEach((name, before) ->
                lines.append("sysctl ").append(name).append(' ').append(before).append('\n'));
        final Path temporary = file.resolveSibling(FILE + ".new");
        Files.writeString(temporary, lines);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Nothing is owned any more. */
    void clear() throws IOException {
        chains.clear();
        sysctlsBefore.clear();
        Files.deleteIfExists(file);
    }
}
