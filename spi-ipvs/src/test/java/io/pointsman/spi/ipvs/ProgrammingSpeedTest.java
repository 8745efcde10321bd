package io.pointsman.spi.ipvs;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.testkit.lab.Lab;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testkit.lab.LabHost;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Measures, when asked; asserts that what was measured was done. */
@EnabledIfSystemProperty(named = "pointsman.measure", matches = "true")
@ExtendWith(LabExtension.class)
class ProgrammingSpeedTest {
    private static final int SERVERS = 10_000;
    static final int DESTINATIONS = 5;
    private static final int ROUNDS = 3;

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    private Path folder;

    static IpAddress vip(int server) {
        return IpAddress.ofIpv4(0x0A60_0000 + server + 1);
    }

    static IpAddress endpoint(int server, int number) {
        return IpAddress.ofIpv4(0x0AB4_0000 + server * DESTINATIONS + number + 1);
    }

    @Test
    void shouldProgramTenThousandServersBesideIpvsadm(TestReporter reporter) throws Exception {
        final Map<ServerKey, Optional<Wanted>> wanted = new HashMap<>();
        final StringBuilder restore = new StringBuilder();
        for (int i = 0; i < SERVERS; i++) {
            final Map<Destination, Integer> weights = new HashMap<>();
            restore.append("-A -t ").append(vip(i)).append(":80 -s rr\n");
            for (int j = 0; j < DESTINATIONS; j++) {
                weights.put(new Destination(endpoint(i, j), 8080), 1);
                restore.append("-a -t ").append(vip(i)).append(":80 -r ");
                restore.append(endpoint(i, j)).append(":8080 -m -w 1\n");
            }
            wanted.put(
                    ServerKey.of(Protocol.TCP, vip(i), 80),
                    Optional.of(new Wanted(new ServerSpec("rr", 0, 0), weights, true)));
        }
        final File text = Files.writeString(folder.resolve("restore"), restore).toFile();
        final List<Double> ours = new ArrayList<>();
        final List<Double> theirs = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            try (Lab lab = Lab.open()) {
                final LabHost host = lab.addHost("ours" + round);
                ours.add(netlink(host, wanted, folder.resolve("state" + round)));
                assertThat(count(host)).isEqualTo(SERVERS * (1 + DESTINATIONS));
                host.run("ipvsadm", "-C").outputOrFail();
                theirs.add(Measure.seconds(() -> {
                    final Process process = host.start(new ProcessBuilder("ipvsadm", "-R")
                            .redirectInput(text)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD));
                    assertThat(process.waitFor()).isZero();
                }));
                assertThat(count(host)).isEqualTo(SERVERS * (1 + DESTINATIONS));
            }
        }
        reporter.publishEntry("netlink, " + SERVERS + " x " + DESTINATIONS + ", seconds by round", Measure.text(ours));
        reporter.publishEntry("ipvsadm -R of the same, seconds by round", Measure.text(theirs));
        reporter.publishEntry(
                "ipvsadm / netlink, medians",
                String.format(Locale.ROOT, "%.2f", Measure.median(theirs) / Measure.median(ours)));
    }

    private static double netlink(LabHost host, Map<ServerKey, Optional<Wanted>> wanted, Path state) throws Exception {
        return host.call(() -> {
            final Servers servers = Servers.open(Ledger.open(state), 1).orElseThrow();
            try {
                return Measure.seconds(() ->
                        assertThat(servers.apply(wanted, System.nanoTime())).isEqualTo(SERVERS * (1 + DESTINATIONS)));
            } finally {
                servers.close();
            }
        });
    }

    /** Virtual servers and destinations. The listing in /proc leaves some out when it is long. */
    private static long count(LabHost host) throws IOException {
        return host.call(() -> {
            try (IpvsNetlink kernel = IpvsNetlink.open((_, _) -> {}).orElseThrow()) {
                long count = 0;
                for (IpvsMessages.FoundServer server : kernel.servers()) {
                    count += 1 + kernel.destinations(server.key()).size();
                }
                return count;
            }
        });
    }
}
