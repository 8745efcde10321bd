package io.pointsman.linux.bpf;

import java.util.Objects;

/** A position in one {@link Assembler}'s program; jumps may name it before it is placed. */
public final class Label {
    static final int NOWHERE = -1;

    private final String name;
    int position = NOWHERE; // index of an instruction slot

    /**
     * Creates a label without a position.
     *
     * @param name for messages
     */
    public Label(String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    @Override
    public String toString() {
        return name;
    }
}
