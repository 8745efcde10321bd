package io.pointsman.spi.ipvs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What we own on this host, on disk: entered before it is made, struck out after it is gone, so that a crash leaves at most
 * entries of things that never came to be. Nothing of it outlives the machine's boot, so nothing is forced to the disk.
 *
 * <p>A line each: {@code + thing}, {@code - thing}, {@code sysctl name value-before}. Not thread-safe.
 */
final class Ledger {
    private static final String FILE = "owned";
    private static final String SERVER = "server ";
    private static final String RULES = "rules ";
    private static final String LINK = "link ";

    private final Path file;
    private final Set<String> owned = new LinkedHashSet<>();
    private final Map<String, String> sysctlsBefore = new LinkedHashMap<>();

    private Ledger(Path file) {
        this.file = file;
    }

    /** Reads what an earlier run wrote. A last line that was cut short by a crash counts for nothing. */
    static Ledger open(Path folder) throws IOException {
        final Ledger ledger = new Ledger(folder.resolve(FILE));
        final String text;
        try {
            text = Files.readString(ledger.file);
        } catch (NoSuchFileException _) {
            return ledger; // nothing owned yet
        }
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n", -1)) {
            try {
                ledger.read(line);
            } catch (IllegalArgumentException e) {
                throw new IOException("in " + ledger.file + ": " + e.getMessage(), e);
            }
        }
        return ledger;
    }

    private void read(String line) {
        final String[] words = line.split(" ", 3);
        if (line.startsWith("+ ")) {
            owned.add(line.substring(2));
        } else if (line.startsWith("- ")) {
            owned.remove(line.substring(2));
        } else if (words[0].equals("sysctl") && words.length == 3) {
            sysctlsBefore.put(words[1], words[2]);
        } else if (!line.isBlank()) {
            throw new IllegalArgumentException("not understood: \"" + line + "\"");
        }
    }

    boolean owns(ServerKey key) {
        return owned.contains(SERVER + key.text());
    }

    List<ServerKey> servers() {
        return owned.stream()
                .filter(thing -> thing.startsWith(SERVER))
                .map(thing -> ServerKey.parse(thing.substring(SERVER.length())))
                .toList();
    }

    void enter(Collection<ServerKey> servers) throws IOException {
        write('+', servers.stream().map(key -> SERVER + key.text()).toList());
    }

    void strike(Collection<ServerKey> servers) throws IOException {
        write('-', servers.stream().map(key -> SERVER + key.text()).toList());
    }

    /** The kinds of iptables that rules of ours are in. */
    List<Flavour> rules() {
        final List<Flavour> flavours = new ArrayList<>();
        for (Flavour flavour : Flavour.values()) {
            if (owned.contains(RULES + flavour.word())) {
                flavours.add(flavour);
            }
        }
        return flavours;
    }

    void enterRules(Flavour flavour) throws IOException {
        write('+', List.of(RULES + flavour.word()));
    }

    /** The interface that holds VIPs. */
    Optional<String> link() {
        return owned.stream()
                .filter(thing -> thing.startsWith(LINK))
                .map(thing -> thing.substring(LINK.length()))
                .findFirst();
    }

    void enterLink(String name) throws IOException {
        write('+', List.of(LINK + name));
    }

    /** Values that sysctls had before we set them. */
    Map<String, String> sysctlsBefore() {
        return Map.copyOf(sysctlsBefore);
    }

    /** Enters a sysctl that is about to be set; what it was before our first time stays. */
    void enterSysctl(String name, String before) throws IOException {
        if (sysctlsBefore.putIfAbsent(name, before) == null) {
            append("sysctl " + name + " " + before + "\n");
        }
    }

    private void write(char sign, Collection<String> things) throws IOException {
        final StringBuilder lines = new StringBuilder();
        for (String thing : things) {
            if (sign == '+' ? owned.add(thing) : owned.remove(thing)) {
                lines.append(sign).append(' ').append(thing).append('\n');
            }
        }
        append(lines);
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
        owned.forEach(thing -> lines.append("+ ").append(thing).append('\n'));
        sysctlsBefore.forEach((name, before) ->
                lines.append("sysctl ").append(name).append(' ').append(before).append('\n'));
        final Path temporary = file.resolveSibling(FILE + ".new");
        Files.writeString(temporary, lines);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Nothing is owned any more. */
    void clear() throws IOException {
        owned.clear();
        sysctlsBefore.clear();
        Files.deleteIfExists(file);
    }
}
