package io.pointsman.spi.userspace;

import io.pointsman.model.IpAddress;
import io.pointsman.model.Protocol;
import io.pointsman.plan.Frontend;
import io.pointsman.plan.PlanDelta;
import io.pointsman.plan.Rule;
import io.pointsman.spi.BackendConfig;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Backend in its own process, without privileges. Arguments are {@code PROTOCOL:VIP:PORT:ENDPOINT_PORT} for each rule and
 * {@code key=value} for each setting. It answers each line of its standard input with a line.
 */
final class ForkedProxyMain {
    private ForkedProxyMain() {}

    public static void main(String[] args) throws Exception {
        final Map<String, String> settings = new HashMap<>();
        final List<Rule> rules = new ArrayList<>();
        for (String arg : args) {
            final int equals = arg.indexOf('=');
            if (equals > 0) {
                settings.put(arg.substring(0, equals), arg.substring(equals + 1));
            } else {
                rules.add(rule(arg.split(":", -1)));
            }
        }
        final Path unused = Path.of("unused");
        final var plan = TestPlans.plan(1, TestPlans.node(), rules.toArray(Rule[]::new));
        try (UserspaceBackend backend = UserspaceBackend.open(
                        UserspaceSettings.of(new BackendConfig(unused, settings)), unused, System::nanoTime);
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println(
                    "ready " + backend.apply(plan, PlanDelta.whole(plan)).problems());
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println(answer(backend, line));
            }
        }
    }

    private static Rule rule(String[] parts) {
        return TestPlans.rule(
                new Frontend(Protocol.valueOf(parts[0]), IpAddress.parse(parts[1]), Integer.parseInt(parts[2])),
                new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), Integer.parseInt(parts[3])));
    }

    private static String answer(UserspaceBackend backend, String question) throws Exception {
        return switch (question) {
            case "failure" -> backend.failure().orElse("none");
            case "audit" -> backend.audit().findings().toString();
            case "relays" -> Integer.toString(backend.proxy().relays());
            // Typical work of the control plane: a file, and a program with three pipes.
            case "work" -> {
                Files.readString(Path.of("/proc/self/stat"));
                yield Integer.toString(new ProcessBuilder("true").start().waitFor());
            }
            default -> "what?";
        };
    }
}
