package io.pointsman.linux;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A kernel parameter to set. Parameters under {@code net} belong to the network namespace of the calling thread.
 *
 * @param key with dots or slashes: {@code net.ipv4.ip_forward}; an interface name that contains dots needs slashes
 */
public record Sysctl(String key, String value, Policy policy) {
    private static final Path ROOT = Path.of("/proc/sys");
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_@:-]+([./][A-Za-z0-9_@:.-]+)+");

    /** Importance of setting a parameter. */
    public enum Policy {
        /** Failing to set it is an error. */
        MUST,
        /** Set if possible; the outcome is reported. */
        TRY,
        /** Left alone; only its present value is reported. */
        SKIP
    }

    /** Outcome of setting a parameter. */
    public enum Outcome {
        /** The parameter had the wanted value already. */
        ALREADY,
        CHANGED,
        /** The policy forbids setting it. */
        SKIPPED,
        /** This kernel has no such parameter. */
        ABSENT,
        REFUSED
    }

    /**
     * Result of setting a parameter.
     *
     * @param before its value before; empty if it could not be read
     * @param detail why it was refused; empty otherwise
     */
    public record Result(Sysctl wanted, Optional<String> before, Outcome outcome, String detail) {
        public Result {
            Objects.requireNonNull(wanted, "wanted");
            Objects.requireNonNull(before, "before");
            Objects.requireNonNull(outcome, "outcome");
            Objects.requireNonNull(detail, "detail");
        }

        /** Whether the parameter has the wanted value now. */
        public boolean isInForce() {
            return outcome == Outcome.ALREADY || outcome == Outcome.CHANGED;
        }

        /** Describes the outcome in words. */
        @Override
        public String toString() {
            final String parameter = wanted.key + " = " + wanted.value;
            return switch (outcome) {
                case ALREADY -> parameter + " already";
                case CHANGED -> parameter + ", was " + before.orElse("unknown");
                case SKIPPED -> wanted.key + " left at " + before.orElse("unknown");
                case ABSENT -> wanted.key + " is not in this kernel";
                case REFUSED -> parameter + " could not be set: " + detail;
            };
        }
    }

    public Sysctl {
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(policy, "policy");
        if (!KEY.matcher(key).matches() || key.contains("..")) {
            throw new IllegalArgumentException("\"" + key + "\" is not the name of a kernel parameter");
        }
    }

    public static Sysctl must(String key, String value) {
        return new Sysctl(key, value, Policy.MUST);
    }

    public static Sysctl attempt(String key, String value) {
        return new Sysctl(key, value, Policy.TRY);
    }

    public static Sysctl skip(String key, String value) {
        return new Sysctl(key, value, Policy.SKIP);
    }

    private static Path file(String key) {
        return ROOT.resolve(key.indexOf('/') >= 0 ? key : key.replace('.', '/'));
    }

    /** Reads a parameter in the calling thread's network namespace; empty if the kernel has no such parameter. */
    public static Optional<String> read(String key) throws IOException {
        try {
            // Reads whole lines: other methods read a file of size 0 one byte at a time, and the kernel ends a number
            // after the first byte.
            return Optional.of(String.join("\n", Files.readAllLines(file(key))).strip());
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    /**
     * Sets parameters in order, each at most once, and returns the result of each. All are tried before a failure of one
     * that must be set is thrown.
     *
     * @throws IOException naming each parameter that must be set and could not be
     */
    public static List<Result> apply(List<Sysctl> wanted) throws IOException {
        final List<Result> results = new ArrayList<>();
        final List<String> failures = new ArrayList<>();
        for (Sysctl sysctl : wanted) {
            final Result result = sysctl.apply();
            results.add(result);
            if (sysctl.policy == Policy.MUST && !result.isInForce()) {
                failures.add(sysctl.key + " = " + sysctl.value + ": "
                        + (result.outcome == Outcome.ABSENT ? "not in this kernel" : result.detail));
            }
        }
        if (!failures.isEmpty()) {
            throw new IOException("required kernel parameters could not be set: " + String.join("; ", failures));
        }
        return results;
    }

    private Result apply() {
        Optional<String> before = Optional.empty();
        try {
            before = read(key);
            if (before.isEmpty()) {
                return new Result(this, before, Outcome.ABSENT, "");
            }
            if (policy == Policy.SKIP) {
                return new Result(this, before, Outcome.SKIPPED, "");
            }
            if (before.get().equals(value)) {
                return new Result(this, before, Outcome.ALREADY, "");
            }
            Files.writeString(file(key), value);
            return new Result(this, before, Outcome.CHANGED, "");
        } catch (IOException e) {
            return new Result(this, before, Outcome.REFUSED, why(e));
        }
    }

    /**
     * Returns the reason of a failure: exceptions of the file system have the path as their message, and the reason apart if
     * at all.
     */
    private static String why(IOException failure) {
        return switch (failure) {
            case AccessDeniedException _ -> "permission denied; needs CAP_NET_ADMIN here, and a writable /proc/sys";
            case FileSystemException e when e.getReason() != null -> String.valueOf(e.getReason());
            default -> String.valueOf(failure.getMessage());
        };
    }
}
