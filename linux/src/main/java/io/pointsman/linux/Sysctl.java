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
 * A kernel parameter to be set. Those under {@code net} are of the network namespace of the calling thread.
 *
 * @param key with dots or slashes: {@code net.ipv4.ip_forward}; an interface's name that has dots needs slashes
 */
public record Sysctl(String key, String value, Policy policy) {
    private static final Path ROOT = Path.of("/proc/sys");
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_@:-]+([./][A-Za-z0-9_@:.-]+)+");

    /** How much it matters. */
    public enum Policy {
        /** Without it the rest makes no sense: failing to set it is an error. */
        MUST,
        /** Set if possible; what came of it is reported. */
        TRY,
        /** Left alone; only what it is now is reported. */
        SKIP
    }

    /** What came of one. */
    public enum Outcome {
        /** It was so already. */
        ALREADY,
        CHANGED,
        /** Not to be touched. */
        SKIPPED,
        /** This kernel has no such parameter. */
        ABSENT,
        REFUSED
    }

    /**
     * What came of one.
     *
     * @param before its value when found; empty when it could not be read
     * @param detail why it was refused; empty otherwise
     */
    public record Result(Sysctl wanted, Optional<String> before, Outcome outcome, String detail) {
        public Result {
            Objects.requireNonNull(wanted, "wanted");
            Objects.requireNonNull(before, "before");
            Objects.requireNonNull(outcome, "outcome");
            Objects.requireNonNull(detail, "detail");
        }

        /** It has the wanted value now. */
        public boolean isInForce() {
            return outcome == Outcome.ALREADY || outcome == Outcome.CHANGED;
        }

        /** What came of it, in words. */
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
            throw new IllegalArgumentException("\"" + key + "\" is no name of a kernel parameter");
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

    /** The value of a parameter now, in the calling thread's network namespace; empty when the kernel has no such one. */
    public static Optional<String> read(String key) throws IOException {
        try {
            // whole lines: a file "of no size" is read a byte at a time by others, and the kernel ends a number after
            // that
            return Optional.of(String.join("\n", Files.readAllLines(file(key))).strip());
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    /**
     * Sets them in order, each at most once, and tells what came of each. All are tried before one that must be set and
     * could not be fails the whole.
     *
     * @throws IOException naming each that must be set and could not be
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
            throw new IOException("kernel parameters that must be set could not be: " + String.join("; ", failures));
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

    /** The file system's exceptions give the path as their message, and the reason beside it if at all. */
    private static String why(IOException failure) {
        return switch (failure) {
            case AccessDeniedException _ -> "permission denied; needs CAP_NET_ADMIN here, and a writable /proc/sys";
            case FileSystemException e when e.getReason() != null -> String.valueOf(e.getReason());
            default -> String.valueOf(failure.getMessage());
        };
    }
}
