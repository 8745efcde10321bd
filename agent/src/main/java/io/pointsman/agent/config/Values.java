package io.pointsman.agent.config;

import io.pointsman.linux.Sysctl;
import io.pointsman.model.Cidr;
import io.pointsman.model.EnumToken;
import io.pointsman.model.IpAddress;
import io.pointsman.plan.ExternalIps;
import io.pointsman.plan.NodeFacts;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses the values of settings. Every method throws {@link IllegalArgumentException} that says what is wrong. */
final class Values {
    private static final Pattern BIND_ADDRESS = Pattern.compile("\\[?([^\\[\\]]+?)]?:([0-9]{1,5})");

    private Values() {}

    /** Splits at commas; returns no elements for blank text. */
    static List<String> list(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(element -> !element.isEmpty())
                .toList();
    }

    static List<Cidr> ranges(String text) {
        return list(text).stream().map(Values::range).toList();
    }

    /** Parses a range. An address without a length is refused: its length was most likely forgotten. */
    private static Cidr range(String text) {
        if (text.indexOf('/') < 0) {
            final String lengths = IpAddress.parse(text).isIpv4() ? "/16 or /32" : "/64 or /128";
            throw new IllegalArgumentException(
                    "\"" + text + "\" is one address; a range ends in its length, " + lengths + " for instance");
        }
        return Cidr.parse(text);
    }

    static boolean bool(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false");
        };
    }

    static ConnectionAuditing connectionAuditing(String text) {
        return Arrays.stream(ConnectionAuditing.values())
                .filter(value -> EnumToken.of(value).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("neither off nor count nor report"));
    }

    static ExternalIps externalIps(String text) {
        return Arrays.stream(ExternalIps.values())
                .filter(value -> value.text().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("neither accept nor refuse"));
    }

    /** Returns a duration in the notation that {@link GoDuration} parses. */
    static String text(Duration duration) {
        if (duration.equals(Duration.ofSeconds(duration.toSeconds()))) {
            return duration.toSeconds() + "s";
        }
        return duration.equals(Duration.ofMillis(duration.toMillis()))
                ? duration.toMillis() + "ms"
                : duration.toNanos() + "ns";
    }

    /** Parses an address literal and port; empty for {@code off}. */
    static Optional<InetSocketAddress> bindAddress(String text) {
        if (text.equals("off")) {
            return Optional.empty();
        }
        final Matcher parts = BIND_ADDRESS.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not an address and a port such as 127.0.0.1:10249 or [::1]:10249");
        }
        final int port = Integer.parseInt(parts.group(2));
        if (port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not in 0..65535");
        }
        return Optional.of(new InetSocketAddress(IpAddress.parse(parts.group(1)).toInetAddress(), port));
    }

    static String text(InetSocketAddress address) {
        return IpAddress.of(address.getAddress()).withPort(address.getPort());
    }

    static List<ConntrackSysctl> conntrackSysctls(String text) {
        return list(text).stream().map(ConntrackSysctl::parse).toList();
    }

    static Sysctl.Policy policy(String text) {
        return switch (text) {
            case "must" -> Sysctl.Policy.MUST;
            case "try" -> Sysctl.Policy.TRY;
            case "skip" -> Sysctl.Policy.SKIP;
            default -> throw new IllegalArgumentException("none of must, try, skip");
        };
    }

    static int oomScoreAdj(String text) {
        final int score = wholeNumber(text);
        if (score < -1000 || score > 1000) {
            throw new IllegalArgumentException("not in -1000..1000");
        }
        return score;
    }

    private static int wholeNumber(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a whole number of at most " + Integer.MAX_VALUE, e);
        }
    }

    static Path path(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("no path");
        }
        return Path.of(text);
    }

    static int count(String text) {
        final int count = wholeNumber(text);
        if (count < 0) {
            throw new IllegalArgumentException("less than 0");
        }
        return count;
    }

    static List<NodeFacts.Egress> egress(String text) {
        return list(text).stream().map(Values::oneEgress).toList();
    }

    private static NodeFacts.Egress oneEgress(String text) {
        final int equals = text.indexOf('=');
        if (equals < 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not CIDR=ADDRESS");
        }
        return new NodeFacts.Egress(Cidr.parse(text.substring(0, equals)), IpAddress.parse(text.substring(equals + 1)));
    }
}
