package io.pointsman.linux.program;

import java.io.IOException;

/** A process that starts a program for an owner and waits for it: {@code owner script}. */
final class StarterMain {
    private StarterMain() {}

    /** Runs until the script ends, or it is killed. */
    public static void main(String[] arguments) throws IOException {
        Programs.of(arguments[0]).run("sh", "-c", arguments[1]);
    }
}
