package io.pointsman.linux.bpf;

import java.util.Objects;

/** A place in one {@link Assembler}'s program that jumps can name before it is there. */
public final class Label {
    static final int NOWHERE = -1;

    private final String name;
    int position = NOWHERE; // index of an instruction slot

    /** @param name for messages */
    public Label(String name) {
        this.name = Objects.requireNonNull(name, "name");
    }

    @Override
    public String toString() {
        return name;
    }
}
