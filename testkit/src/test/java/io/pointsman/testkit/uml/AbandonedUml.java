package io.pointsman.testkit.uml;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A process that boots a kernel with a program in it and waits to be killed. Argument: a folder for both. */
final class AbandonedUml {
    private AbandonedUml() {}

    public static void main(String[] args) throws Exception {
        new UmlProgram(Path.of(args[0]), List.of(), Duration.ofMinutes(5))
                .run(List.of("sh", "-c", "echo at work; exec sleep 1000"));
    }
}
