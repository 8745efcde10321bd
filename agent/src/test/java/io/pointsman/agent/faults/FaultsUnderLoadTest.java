package io.pointsman.agent.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pointsman.agent.AgentCommand;
import io.pointsman.kubernetes.cluster.HurriedAgent;
import io.pointsman.testkit.lab.LabExtension;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.ApiTestServer.Fault;
import io.pointsman.testserver.FakeCluster;
import io.pointsman.testserver.Identity;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Faults of the API server while connections are held and made: none is lost, and what is in force stays, except for what
 * the server itself deletes. Afterwards the agent follows the server again.
 */
class FaultsUnderLoadTest {
    private static final int HEAP_MEBIBYTES = 96;
    private static final long BIG_LIST_BYTES = 200L << 20;
    private static final int MANY = 1000;
    private static final long STATE_BYTES = 4 << 20;
    private static final long FAULT_MILLIS = 1500;

    @RegisterExtension
    final LabExtension labs = new LabExtension();

    @TempDir
    private Path folder;

    private int next = FaultSite.SERVICES;

    /** A fault that lasts until the action returns. */
    private interface Trouble {
        void run(ApiTestServer api) throws Exception;
    }

    @ParameterizedTest
    @ValueSource(strings = {"iptables", "userspace"})
    void shouldLoseNothingWhateverBecomesOfTheApiServer(String mode) throws Exception {
        final Identity server = Identity.create(folder, "server", "10.240.0.1");
        replace("ca.crt", server.certificatePem());
        replace("token", "old");
        final FaultSite site = labs.closing(FaultSite.open(folder, mode, Optional.of(server)));
        site.api.faults(onlyFor("old"));
        final Process agent = site.start(command(site, mode));
        site.awaitAnswer(FaultSite.SERVICES - 1, true);
        site.connect();

        after("the server was away", site, api -> {
            api.stop();
            pause(FAULT_MILLIS);
            site.startApi();
        });
        after("it came and went", site, api -> {
            for (int i = 0; i < 6; i++) {
                api.stop();
                pause(100);
                site.startApi();
                pause(150);
            }
        });
        after("it sent a byte now and then", site, faulty(exchange -> {
            exchange.head();
            while (true) { // until the other end closes
                exchange.chunk(" ");
                pause(50);
            }
        }));
        final Random random = new Random(11);
        after("it answered garbage", site, faulty(exchange -> {
            final byte[] garbage = new byte[1 + random.nextInt(4000)];
            random.nextBytes(garbage);
            exchange.head();
            exchange.chunk(garbage);
            exchange.lastChunk();
            return true;
        }));
        after("it answered half a document", site, faulty(exchange -> {
            exchange.head();
            exchange.chunk(
                    "{\"kind\":\"ServiceList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":"
                            + "[{\"metadata\":{\"name\":\"s-0\",\"names");
            exchange.lastChunk();
            return true;
        }));
        final AtomicLong sent = new AtomicLong();
        after("it sent a list too long for the heap", site, api -> {
            api.faults(onlyFor("old"), tooLong(sent));
            api.cutConnections();
            site.await("so many bytes", () -> sent.get() >= BIG_LIST_BYTES);
            api.faults(onlyFor("old"));
        });
        after("the token was replaced on disk", site, api -> {
            api.faults(onlyFor("new"));
            api.cutConnections();
            site.awaitWord("401", 0);
            replace("token", "new");
        });
        final Identity other = Identity.create(folder, "other", "10.240.0.1");
        after("the certificates were rotated", site, api -> {
            api.stop();
            api.identity(other, Optional.empty());
            final int refusals = site.words("TLS");
            site.startApi();
            site.awaitWord("TLS", refusals);
            replace("ca.crt", other.certificatePem());
        });
        final Path filler = Path.of("/proc/" + agent.pid() + "/root")
                .resolve(state().toString().substring(1) + "/filler");
        fill(filler);
        final Set<String> full = site.inForce();
        site.api.cluster().edit("Service", "default/s-0", service -> {
            ((ObjectNode) service.get("metadata")).putObject("labels").put("a", "b");
            return service;
        });
        site.awaitWord("No space left on device", 0);
        site.assertUnharmed("while the disk is full", full);
        Files.delete(filler);
        after("the disk was full", site, _ -> {});

        final FakeCluster cluster = site.api.cluster();
        final Set<String> few = site.inForce();
        for (int i = 0; i < MANY; i++) {
            FaultSite.put(cluster, next + i);
        }
        site.awaitAnswer(next + MANY - 1, true);
        site.api.stop();
        for (int i = 0; i < MANY; i++) {
            FaultSite.delete(cluster, next + i);
        }
        assertThat(site.inForce()).hasSizeGreaterThan(few.size() + MANY / 2);
        site.startApi();
        site.await("what there was before", () -> site.inForce().equals(few));
        site.assertUnharmed("after so many Services went at once", few);
        assertThat(site.answered()).as("connections under load").isGreaterThan(100);
    }

    private Path state() {
        return folder.resolve("state");
    }

    private List<String> command(FaultSite site, String mode) throws IOException {
        Files.createDirectories(state());
        final Path kubeconfig = site.api.kubeconfig(folder, ", certificate-authority: ca.crt", "tokenFile: token");
        final List<String> command = new ArrayList<>(List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount -t tmpfs -o size=" + STATE_BYTES + ",mode=0700 tmpfs \"$0\" && exec \"$@\"",
                state().toString()));
        command.addAll(new AgentCommand()
                .flag("-Xmx" + HEAP_MEBIBYTES + "m")
                .flag("-XX:+ExitOnOutOfMemoryError")
                .flag("--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED") // the userspace backend's engine
                .main(HurriedAgent.class)
                .of(mode, FaultSite.NODE, kubeconfig.toString(), state().toString()));
        return command;
    }

    /** Checks that nothing is lost during or after the fault, and that a new Service is then served. */
    private void after(String what, FaultSite site, Trouble trouble) throws Exception {
        final Set<String> before = site.inForce();
        trouble.run(site.api);
        site.assertUnharmed("when " + what, before);
        FaultSite.put(site.api.cluster(), next);
        site.awaitAnswer(next, true);
        site.assertUnharmed("after " + what, before);
        next++;
    }

    /** Makes new requests fail for a while, and cuts open ones. */
    private static Trouble faulty(Fault fault) {
        return api -> {
            api.faults(onlyFor("old"), fault);
            api.cutConnections();
            pause(FAULT_MILLIS);
            api.faults(onlyFor("old"));
        };
    }

    private static Fault onlyFor(String token) {
        return exchange -> {
            final boolean isStranger =
                    !("Bearer " + token).equals(exchange.headers().get("authorization"));
            if (isStranger) {
                exchange.answer(401, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
            }
            return isStranger;
        };
    }

    /** Sends a list, or a watch's initial events, without end until the other end closes. */
    private static Fault tooLong(AtomicLong sent) {
        final String object =
                "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x\",\"namespace\":\"y\","
                        + "\"annotations\":{\"a\":\"" + "z".repeat(200_000)
                        + "\"}},\"spec\":{\"clusterIP\":\"10.0.255.1\"}}";
        final byte[] event = ("{\"type\":\"ADDED\",\"object\":" + object + "}\n").getBytes(StandardCharsets.UTF_8);
        final byte[] item = (object + ",").getBytes(StandardCharsets.UTF_8);
        return exchange -> {
            exchange.head();
            if (!exchange.isWatch()) {
                exchange.chunk(
                        "{\"kind\":\"ServiceList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"9\"},"
                                + "\"items\":[");
            }
            final byte[] filler = exchange.isWatch() ? event : item;
            while (true) { // until the other end closes
                exchange.chunk(filler);
                sent.addAndGet(filler.length);
            }
        };
    }

    private static void fill(Path file) throws IOException {
        final byte[] block = new byte[4096];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long written = 0; written < 2 * STATE_BYTES; written += block.length) {
                out.write(block);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
            return;
        }
        throw new AssertionError("the file system takes more than it has room for");
    }

    private void replace(String name, String content) throws IOException {
        final Path draft = Files.writeString(folder.resolve(name + ".new"), content);
        Files.move(draft, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void pause(long millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
