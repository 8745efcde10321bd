package io.pointsman.spi.userspace;

import io.pointsman.spi.BackendConfig;
import io.pointsman.spi.BackendException;
import io.pointsman.spi.SettingsReader;
import io.pointsman.spi.userspace.host.KernelSettings;
import io.pointsman.spi.userspace.loop.Limits;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Objects;

/**
 * Settings of the userspace backend. The key of each is its name in {@code lower-case-with-dashes}. Durations are written
 * {@code 250ms}, {@code 5s}, {@code 2m}, {@code 1h} or as ISO 8601; buffers in bytes, with {@code k} or {@code m} for KiB
 * and MiB.
 *
 * @param transport how sockets are polled
 * @param eventLoops threads that carry traffic, 1 to 1024; default: one for each processor
 * @param connectTimeout how long one dial of an endpoint may take
 * @param firstConnectTimeout after how long the first dial of a connection is given up when there is another endpoint to
 *     try; not longer than {@code connectTimeout}, which it follows down
 * @param drainTimeout how long a TCP connection lives on after its endpoint stopped serving or its rule went; zero: until it
 *     ends by itself
 * @param closeTimeout how long {@code close()} lets connections end by themselves before it resets them
 * @param keepAlive idle time after which the kernel probes whether a TCP peer is still there; zero: never
 * @param udpUnrepliedTimeout idle time after which a UDP session is forgotten that no endpoint has answered
 * @param udpStreamTimeout the same for one that was answered; not shorter than {@code udpUnrepliedTimeout}
 * @param limits from {@code max-connections}, {@code max-connections-per-client}, {@code max-udp-sessions} and
 *     {@code max-unsent}, as asked for
 * @param dropHold how long a dropped TCP connection is kept silent before it is reset
 * @param maxDropped dropped TCP connections kept silent at once; beyond, new ones are reset right away
 * @param readBufferMax most bytes taken from a socket in one read, 2 KiB to 16 MiB; the actual size adapts to traffic
 * @param writeBufferLow unsent bytes of one side below which reading from the other resumes
 * @param writeBufferHigh unsent bytes of one side from which reading from the other stops
 * @param kernel from {@code transparent} (auto, on or off), {@code mark-bit}, {@code route-table}, {@code rule-priority}
 */
public record UserspaceSettings(
        TransportKind transport,
        int eventLoops,
        Duration connectTimeout,
        Duration firstConnectTimeout,
        Duration drainTimeout,
        Duration closeTimeout,
        Duration keepAlive,
        Duration udpUnrepliedTimeout,
        Duration udpStreamTimeout,
        Limits limits,
        Duration dropHold,
        int maxDropped,
        int readBufferMax,
        int writeBufferLow,
        int writeBufferHigh,
        KernelSettings kernel) {
    /** Mechanism that polls sockets. {@code AUTO} takes epoll if its native library loads, else NIO. */
    public enum TransportKind {
        AUTO,
        EPOLL,
        NIO
    }

    /**
     * Defaults. UDP timeouts: {@code udp_timeouts} in Linux net/netfilter/nf_conntrack_proto_udp.c. A drain timeout of zero
     * is what the kernel's NAT does: an established flow is never cut.
     */
    static final UserspaceSettings DEFAULT = new UserspaceSettings(
            TransportKind.AUTO,
            Math.min(Runtime.getRuntime().availableProcessors(), 1024),
            Duration.ofSeconds(5),
            Duration.ofMillis(500),
            Duration.ZERO,
            Duration.ofSeconds(1),
            Duration.ofMinutes(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(120),
            Limits.DEFAULT,
            Duration.ofSeconds(60),
            1024,
            256 * 1024,
            64 * 1024,
            256 * 1024,
            KernelSettings.DEFAULT);

    public UserspaceSettings {
        Objects.requireNonNull(transport, "transport");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(kernel, "kernel");
        SettingsReader.requireRange("event-loops", eventLoops, 1, 1024);
        requireAtLeast("connect-timeout", connectTimeout, Duration.ofMillis(1));
        requireAtLeast("first-connect-timeout", firstConnectTimeout, Duration.ofMillis(1));
        requireOrder("first-connect-timeout", firstConnectTimeout, "connect-timeout", connectTimeout);
        requireAtLeast("drain-timeout", drainTimeout, Duration.ZERO);
        requireAtLeast("close-timeout", closeTimeout, Duration.ZERO);
        requireAtLeast("keep-alive", keepAlive, Duration.ZERO);
        requireAtLeast("udp-unreplied-timeout", udpUnrepliedTimeout, Duration.ofMillis(1));
        requireOrder("udp-unreplied-timeout", udpUnrepliedTimeout, "udp-stream-timeout", udpStreamTimeout);
        requireAtLeast("drop-hold", dropHold, Duration.ZERO);
        SettingsReader.requireRange("max-dropped", maxDropped, 0, 1 << 24);
        SettingsReader.requireRange("read-buffer-max", readBufferMax, 2048, 16 << 20);
        SettingsReader.requireRange("write-buffer-high", writeBufferHigh, 1, 1 << 28);
        SettingsReader.requireRange("write-buffer-low", writeBufferLow, 1, writeBufferHigh);
    }

    /**
     * Reads the settings from a configuration; missing keys get their default.
     *
     * @throws BackendException for an unknown key or a bad value; the message names the key and the values it accepts
     */
    static UserspaceSettings of(BackendConfig config) throws BackendException {
        final SettingsReader read = new SettingsReader(config);
        try {
            final Duration connectTimeout =
                    read.value("connect-timeout", DEFAULT.connectTimeout, UserspaceSettings::duration);
            final UserspaceSettings settings = new UserspaceSettings(
                    read.choice("transport", DEFAULT.transport),
                    read.number("event-loops", DEFAULT.eventLoops),
                    connectTimeout,
                    read.value(
                            "first-connect-timeout",
                            shorter(DEFAULT.firstConnectTimeout, connectTimeout),
                            UserspaceSettings::duration),
                    read.value("drain-timeout", DEFAULT.drainTimeout, UserspaceSettings::duration),
                    read.value("close-timeout", DEFAULT.closeTimeout, UserspaceSettings::duration),
                    read.value("keep-alive", DEFAULT.keepAlive, UserspaceSettings::duration),
                    read.value("udp-unreplied-timeout", DEFAULT.udpUnrepliedTimeout, UserspaceSettings::duration),
                    read.value("udp-stream-timeout", DEFAULT.udpStreamTimeout, UserspaceSettings::duration),
                    Limits.read(read),
                    read.value("drop-hold", DEFAULT.dropHold, UserspaceSettings::duration),
                    read.number("max-dropped", DEFAULT.maxDropped),
                    read.value("read-buffer-max", DEFAULT.readBufferMax, UserspaceSettings::bytes),
                    read.value("write-buffer-low", DEFAULT.writeBufferLow, UserspaceSettings::bytes),
                    read.value("write-buffer-high", DEFAULT.writeBufferHigh, UserspaceSettings::bytes),
                    kernel(read));
            read.requireNothingLeft();
            return settings;
        } catch (IllegalArgumentException e) {
            throw new BackendException("userspace: " + e.getMessage() + "; nothing was started", e);
        }
    }

    private static KernelSettings kernel(SettingsReader read) {
        final KernelSettings byDefault = KernelSettings.DEFAULT;
        return new KernelSettings(
                read.choice("transparent", byDefault.use()),
                read.number("mark-bit", byDefault.markBit()),
                read.number("route-table", byDefault.routeTable()),
                read.number("rule-priority", byDefault.rulePriority()));
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration duration(String text) {
        final String trimmed = text.strip().toLowerCase(Locale.ROOT);
        try {
            if (trimmed.endsWith("ms")) {
                return Duration.ofMillis(Long.parseLong(trimmed.substring(0, trimmed.length() - 2)));
            }
            return trimmed.startsWith("p") ? Duration.parse(trimmed) : Duration.parse("pt" + trimmed);
        } catch (DateTimeParseException | NumberFormatException e) {
            throw new IllegalArgumentException("is not a duration such as 250ms, 5s or 2m", e);
        }
    }

    private static int bytes(String text) {
        return Math.toIntExact(Limits.bytes(text));
    }

    private static void requireAtLeast(String key, Duration value, Duration lowest) {
        if (value.compareTo(lowest) < 0) {
            throw new IllegalArgumentException(key + " " + value + " is less than " + lowest);
        }
        if (value.compareTo(Duration.ofDays(365)) > 0) {
            throw new IllegalArgumentException(key + " " + value + " is more than a year");
        }
    }

    private static void requireOrder(String lesserKey, Duration lesser, String greaterKey, Duration greater) {
        if (lesser.compareTo(greater) > 0) {
            throw new IllegalArgumentException(
                    lesserKey + " " + lesser + " is longer than " + greaterKey + " " + greater);
        }
    }
}
