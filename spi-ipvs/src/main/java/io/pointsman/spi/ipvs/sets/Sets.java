package io.pointsman.spi.ipvs.sets;

import io.pointsman.linux.program.Programs;
import io.pointsman.model.IpFamily;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The ipsets that are there, as the program {@code ipset} lists them. */
public final class Sets {
    private static final String PROGRAM = "ipset";

    private final Programs programs;

    public Sets(Programs programs) {
        this.programs = programs;
    }

    /** The set of health check node ports that packets of a family are let in to. */
    public static String health(IpFamily family) {
        return SetKind.prefix(family) + "HEALTH";
    }

    /** What the kernel has in ours; ports of health checks are left out. */
    public Set<SetElement> read() throws IOException {
        return parse(programs.require("", PROGRAM, "save"));
    }

    static Set<SetElement> parse(String saved) {
        final Map<String, SetKind> kinds = new HashMap<>();
        final Map<String, IpFamily> families = new HashMap<>();
        for (IpFamily family : IpFamily.values()) {
            for (SetKind kind : SetKind.values()) {
                kinds.put(kind.name(family), kind);
                families.put(kind.name(family), family);
            }
        }
        final Set<SetElement> elements = new HashSet<>();
        saved.lines().forEach(line -> {
            final String[] words = line.strip().split(" ", -1);
            final SetKind kind = words.length < 3 ? null : kinds.get(words[1]);
            final IpFamily family = words.length < 3 ? null : families.get(words[1]);
            if (kind != null && family != null && words[0].equals("add")) {
                final int at = Arrays.asList(words).indexOf("skbmark");
                final int mark = at < 0 ? 0 : Integer.decode(words[at + 1].split("/", 2)[0]);
                elements.add(new SetElement(family, kind, words[2].toLowerCase(Locale.ROOT), mark));
            }
        });
        return elements;
    }

    /** Names of ours that are there. */
    public Set<String> names() throws IOException {
        final Set<String> names = new HashSet<>();
        programs.require("", PROGRAM, "list", "-n").lines().filter(Sets::isOurs).forEach(names::add);
        return names;
    }

    private static boolean isOurs(String name) {
        return Arrays.stream(IpFamily.values())
                .anyMatch(family -> name.equals(health(family))
                        || Arrays.stream(SetKind.values())
                                .anyMatch(kind -> kind.name(family).equals(name)));
    }
}
