package io.pointsman.linux.ipset;

import io.pointsman.linux.program.Programs;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Existing sets, as the program {@code ipset} lists them. */
public final class Ipsets {
    private static final String PROGRAM = "ipset";

    private final Programs programs;

    public Ipsets(Programs programs) {
        this.programs = programs;
    }

    /** Reads the elements of these sets; all other sets are ignored. */
    public Set<IpsetElement> read(Collection<Ipset> sets) throws IOException {
        return parse(programs.require("", PROGRAM, "save"), sets);
    }

    static Set<IpsetElement> parse(String saved, Collection<Ipset> sets) {
        final Map<String, Ipset> byName = new HashMap<>();
        sets.forEach(set -> byName.put(set.name(), set));
        final Set<IpsetElement> elements = new HashSet<>();
        saved.lines().forEach(line -> {
            final String[] words = line.strip().split(" ", -1);
            final Ipset set = words.length < 3 ? null : byName.get(words[1]);
            if (set != null && words[0].equals("add")) {
                final int at = Arrays.asList(words).indexOf("skbmark");
                final int mark = at < 0 ? 0 : Integer.decode(words[at + 1].split("/", 2)[0]);
                elements.add(new IpsetElement(set, words[2].toLowerCase(Locale.ROOT), mark));
            }
        });
        return elements;
    }

    /** Lists the names of all sets, ours or not. */
    public Set<String> names() throws IOException {
        return programs.require("", PROGRAM, "list", "-n").lines().collect(Collectors.toSet());
    }
}
