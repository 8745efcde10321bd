package io.pointsman.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.LabCluster;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import io.pointsman.testkit.lab.Probe;
import io.pointsman.testkit.lab.ProbeResult;
import io.pointsman.testkit.lab.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that the documentation's code compiles and works, as it is copied from this class. */
class DocumentationTest {
    private static final Path TOP = Path.of("..");
    private static final Pattern QUOTED =
            Pattern.compile("<!-- from (\\S+) -->\\R```java\\R(.*?)\\R```", Pattern.DOTALL);

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @Test
    void shouldKeepTheClientsAddress() throws IOException {
        final LabCluster cluster = labs.closing(LabCluster.tutorial());
        final IpAddress app = IpAddress.parse("10.180.1.136");
        cluster.host("source-ip-app").serveEcho(Protocol.UDP, app, 8080);
        final LabHost client = cluster.host("client");
        final ProbeResult.Answered answer =
                client.send(Probe.udp(app, 8080)).answer().orElseThrow();
        assertThat(answer.server()).isEqualTo("source-ip-app");
        assertThat(answer.peer()).hasToString("198.51.100.79");
        assertThat(client.refusal(Probe.udp(app, 9))).contains(Refusal.PORT_UNREACHABLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"docs/testkit.md", "docs/writing-a-backend.md"})
    void shouldQuoteCodeAsItIs(String page) throws IOException {
        final Matcher quoted = QUOTED.matcher(Files.readString(TOP.resolve(page)));
        int blocks = 0;
        for (; quoted.find(); blocks++) {
            assertThat(lines(Files.readString(TOP.resolve(quoted.group(1)))))
                    .as("%s quotes %s", page, quoted.group(1))
                    .containsSequence(lines(quoted.group(2)));
        }
        assertThat(blocks).isPositive();
    }

    private static List<String> lines(String text) {
        return text.lines().filter(line -> !line.startsWith("import ")).toList();
    }
}
