package io.pointsman.spi;

import io.pointsman.model.EnumToken;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Takes a backend's own settings out of its configuration, one key after the other, so that what is left at the end is
 * unknown. What it throws names the key, the value and what was wrong with it. Not thread-safe.
 */
public final class SettingsReader {
    private final Map<String, String> left;
    private final TreeSet<String> known = new TreeSet<>();

    public SettingsReader(BackendConfig config) {
        this.left = new HashMap<>(config.settings());
    }

    /**
     * A setting's value, or its default where it is not given.
     *
     * @param parse of the text without blanks around it; throws what says after the value what is wrong: {@code "is not a
     *     duration"}
     * @throws IllegalArgumentException when it can't be parsed
     */
    public <T> T value(String key, T byDefault, Function<String, T> parse) {
        known.add(key);
        final String text = left.remove(key);
        if (text == null) {
            return byDefault;
        }
        try {
            return parse.apply(text.strip());
        } catch (NumberFormatException | ArithmeticException e) {
            throw new IllegalArgumentException(key + " \"" + text + "\" is not a whole number in range", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(key + " \"" + text + "\" " + e.getMessage(), e);
        }
    }

    /** As {@link #value}, of a whole number. */
    public int number(String key, int byDefault) {
        return value(key, byDefault, Integer::valueOf);
    }

    /** As {@link #value}, of a constant's name in {@code lower-case-with-dashes}. */
    public <E extends Enum<E>> E choice(String key, E byDefault) {
        return value(key, byDefault, text -> oneOf(byDefault.getDeclaringClass(), text));
    }

    /**
     * The constant of that name in {@code lower-case-with-dashes}.
     *
     * @throws IllegalArgumentException that lists all, for {@link #value}
     */
    public static <E extends Enum<E>> E oneOf(Class<E> type, String text) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> EnumToken.of(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("is none of "
                        + Arrays.stream(type.getEnumConstants())
                                .map(EnumToken::of)
                                .collect(Collectors.joining(", "))));
    }

    /**
     * To be called when all were read.
     *
     * @throws IllegalArgumentException when something is left, with all keys that were asked for
     */
    public void requireNothingLeft() {
        if (!left.isEmpty()) {
            throw new IllegalArgumentException(
                    "unknown setting " + new TreeSet<>(left.keySet()) + "; known are " + String.join(", ", known));
        }
    }

    /** Throws {@link IllegalArgumentException} where a number is less than the lowest or more than the highest. */
    public static void requireRange(String key, int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException(key + " " + value + " is not in " + lowest + ".." + highest);
        }
    }
}
