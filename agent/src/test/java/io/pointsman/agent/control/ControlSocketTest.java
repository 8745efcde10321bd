package io.pointsman.agent.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pointsman.linux.ProcessUser;
import io.pointsman.model.ConfigException;
import io.pointsman.spi.BackendException;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ControlSocketTest {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final int MANY = 20_000;

    @TempDir
    private Path folder;

    private final BlockingQueue<Optional<String>> troubles = new LinkedBlockingQueue<>();
    private final Semaphore gate = new Semaphore(0);
    private final BlockingQueue<String> brokenOff = new LinkedBlockingQueue<>();
    private ControlSocket socket;
    private ControlClient client;

    @BeforeEach
    void open() throws InterruptedException {
        socket = new ControlSocket(folder, this::respond, troubles::add, SHORT);
        socket.start();
        assertThat(troubles.poll(30, TimeUnit.SECONDS)).isEqualTo(Optional.empty());
        client = new ControlClient(folder.resolve(ControlSocket.NAME));
    }

    @AfterEach
    void close() {
        gate.release(1000);
        socket.close();
    }

    private void respond(ControlRequest request, ControlAnswer answer)
            throws ControlResponder.UnknownPathException, BackendException, IOException {
        switch (request.path()) {
            case "/many" -> {
                for (int i = 0; i < MANY; i++) {
                    answer.line("{\"number\":" + i + "}");
                }
            }
            case "/long" -> answer.line("x".repeat(1_000_000));
            case "/echo" -> answer.line(request.parameter("say").orElse("nothing"));
            case "/endless" -> {
                try {
                    while (true) {
                        answer.line("{}");
                    }
                } catch (IOException e) {
                    brokenOff.add(request.path());
                    throw e;
                }
            }
            case "/gate" -> {
                answer.line("waiting");
                answer.flush();
                gate.acquireUninterruptibly();
            }
            case "/half" -> {
                answer.line("half");
                answer.flush();
                throw new BackendException("too late for another status");
            }
            case "/backend" -> throw new BackendException("the kernel does not tell");
            case "/wrong" -> throw new IllegalArgumentException("limit: give another");
            default -> throw new ControlResponder.UnknownPathException("there is /echo");
        }
    }

    private List<String> ask(String target) throws ConfigException {
        final List<String> lines = new ArrayList<>();
        client.ask(target, lines::add);
        return lines;
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(client.socket()));
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String readAll(SocketChannel channel) throws IOException {
        final StringBuilder text = new StringBuilder();
        final ByteBuffer buffer = ByteBuffer.allocate(8192);
        try {
            while (channel.read(buffer) >= 0) {
                text.append(StandardCharsets.UTF_8.decode(buffer.flip()));
                buffer.clear();
            }
        } catch (SocketException _) {
            // a Unix socket is reset if it is closed before all data was read (net/unix/af_unix.c)
        }
        return text.toString();
    }

    @Test
    void shouldHandOverEachLineWhole() throws Exception {
        final List<String> lines = ask("/many");
        assertThat(lines).hasSize(MANY).startsWith("{\"number\":0}").endsWith("{\"number\":" + (MANY - 1) + "}");
        assertThat(ask("/long")).containsExactly("x".repeat(1_000_000));
        assertThat(ask("/echo?say=default%2Fweb%20%C3%A9")).containsExactly("default/web é");
    }

    @Test
    void shouldEndWhenTheClientHasSeenEnough() throws Exception {
        final List<String> lines = new ArrayList<>();
        client.ask("/endless", line -> {
            lines.add(line);
            return lines.size() < 3;
        });
        assertThat(lines).hasSize(3);
        assertThat(brokenOff.poll(30, TimeUnit.SECONDS)).isEqualTo("/endless");
    }

    @Test
    void shouldSayWhyThereIsNoAnswer() {
        assertThatThrownBy(() -> ask("/none"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("the agent refuses: there is /echo");
        assertThatThrownBy(() -> ask("/backend")).hasMessage("the agent refuses: the kernel does not tell");
        assertThatThrownBy(() -> ask("/wrong")).hasMessage("the agent refuses: limit: give another");
        assertThatThrownBy(() -> ask("/half")).hasMessageContaining("the answer broke off");
    }

    @Test
    void shouldLetGoOfClientsThatSayOrTakeNothing() throws Exception {
        try (SocketChannel mute = connect();
                SocketChannel trickling = connect();
                SocketChannel deaf = connect()) {
            send(trickling, "GET /ec");
            send(deaf, "GET /endless HTTP/1.1\r\n\r\n");
            assertThat(ask("/echo?say=well")).containsExactly("well");
            assertThat(readAll(mute)).isEmpty();
            assertThat(readAll(trickling)).isEmpty();
            assertThat(brokenOff.poll(30, TimeUnit.SECONDS)).isEqualTo("/endless");
        }
    }

    @Test
    void shouldRefuseWhatIsNoRequestOrTooLarge() throws Exception {
        try (SocketChannel other = connect();
                SocketChannel large = connect()) {
            send(other, "{\"ask\":\"status\"}\r\n\r\n");
            assertThat(readAll(other)).startsWith("HTTP/1.1 400 ").contains("send GET /PATH HTTP/1.1");
            send(large, "x".repeat(10_000));
            assertThat(readAll(large)).isEmpty();
        }
    }

    @Test
    void shouldTellTheOneTooManyToTryAgain() throws Exception {
        final List<SocketChannel> all = new ArrayList<>();
        try {
            for (int i = 0; i < ControlSocket.MAX_CLIENTS; i++) {
                final SocketChannel one = connect();
                all.add(one);
                send(one, "GET /gate HTTP/1.1\r\n\r\n");
                assertThat(one.read(ByteBuffer.allocate(100))).isPositive();
            }
            assertThatThrownBy(() -> ask("/echo")).hasMessageContaining("already answers 16 other clients; try again");
            gate.release(1000);
            for (SocketChannel one : all) {
                assertThat(readAll(one)).endsWith("0\r\n\r\n");
            }
        } finally {
            for (SocketChannel one : all) {
                one.close();
            }
        }
        // the last client's thread may still be ending
        List<String> answer = List.of();
        while (answer.isEmpty()) {
            try {
                answer = ask("/echo?say=again");
            } catch (ConfigException e) {
                assertThat(e).hasMessageContaining("try again");
            }
        }
        assertThat(answer).containsExactly("again");
    }

    @Test
    void shouldSayThatAnotherAgentAnswersThere() throws Exception {
        final BlockingQueue<Optional<String>> seconds = new LinkedBlockingQueue<>();
        try (ControlSocket _ = ControlSocket.start(folder, this::respond, seconds::add)) {
            assertThat(seconds.poll(30, TimeUnit.SECONDS))
                    .hasValueSatisfying(reason -> assertThat(reason).contains("another agent answers at"));
        }
        assertThat(ask("/echo?say=first")).containsExactly("first");
    }

    @Test
    void shouldLeaveNothingBehind() {
        socket.close();
        assertThat(client.socket()).doesNotExist();
        assertThat(client.isAnswered()).isFalse();
        assertThatThrownBy(() -> ask("/echo")).isInstanceOf(ConfigException.class);
    }

    @Test
    void shouldTellASocketThatNobodyAnswers() throws Exception {
        final Path left = folder.resolve("left.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(left))
                .close();
        assertThatThrownBy(() -> new ControlClient(left).ask("/echo", _ -> true))
                .hasMessage("no agent answers at " + left + ": the one that created it has ended");
    }

    /** Refuses other users even if the socket's permissions allow them. */
    @Test
    void shouldAnswerNoOtherUser() throws Exception {
        Assumptions.assumeTrue(ProcessUser.current() == 0, "takes root, to become another user");
        for (Path path : List.of(folder, client.socket())) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        assertThat(askAs("0")).startsWith("HTTP/1.1 200 ").contains("seen");
        assertThat(askAs("65534")).isEmpty();
    }

    private String askAs(String user) throws IOException, InterruptedException {
        final Process process = new ProcessBuilder(
                        "setpriv",
                        "--reuid",
                        user,
                        "--clear-groups",
                        "perl",
                        "-MIO::Socket::UNIX",
                        "-e",
                        "$SIG{PIPE} = 'IGNORE';"
                                + " my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die \"not connected: $!\";"
                                + " print $s \"GET /echo?say=seen HTTP/1.1\\r\\n\\r\\n\"; $s->flush; print <$s>;",
                        client.socket().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("exit code as user %s", user).isZero();
        return answer;
    }
}
