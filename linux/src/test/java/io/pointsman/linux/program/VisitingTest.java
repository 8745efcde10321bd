package io.pointsman.linux.program;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.linux.netns.NetworkNamespace;
import io.pointsman.linux.testing.Namespaces;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class VisitingTest {
    @RegisterExtension
    private final Namespaces namespaces = new Namespaces();

    @Test
    void shouldLeaveTheVirtualThreadsOfWhoEmbedsUsAtHome() throws Exception {
        final NetworkNamespace elsewhere = namespaces.create();
        final Process application = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        VisitorMain.class.getName(),
                        elsewhere.name())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        application.getOutputStream().close();

        assertThat(new String(application.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("dialed\n");
        assertThat(application.waitFor()).isZero();
    }
}
