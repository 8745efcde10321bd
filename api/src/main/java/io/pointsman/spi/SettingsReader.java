package io.pointsman.spi;

import io.pointsman.model.EnumToken;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Reads a backend's own settings key by key, so that the keys left at the end are unknown. Its exceptions name the key, the
 * value and what is wrong. Not thread-safe.
 */
public final class SettingsReader {
    private final Map<String, String> left;
    private final TreeSet<String> known = new TreeSet<>();

    public SettingsReader(BackendConfig config) {
        this.left = new HashMap<>(config.settings());
    }

    /**
     * Reads a setting's value, or its default if it is not given.
     *
     * @param parse parses the stripped text; the message of its exception continues the sentence after the value: {@code
     *     "is not a duration"}
     * @throws IllegalArgumentException if the value can't be parsed
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
            throw new IllegalArgumentException(key + " \"" + text + "\" is not a whole number, or too large", e);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(key + " \"" + text + "\" " + e.getMessage(), e);
        }
    }

    /** Reads a whole number of at most {@value Integer#MAX_VALUE}, as {@link #value} does. */
    public int number(String key, int byDefault) {
        return value(key, byDefault, text -> {
            try {
                return Integer.valueOf(text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("is not a whole number of at most " + Integer.MAX_VALUE, e);
            }
        });
    }

    /** Reads a constant's name in {@code lower-case-with-dashes}, as {@link #value} does. */
    public <E extends Enum<E>> E choice(String key, E byDefault) {
        return value(key, byDefault, text -> oneOf(byDefault.getDeclaringClass(), text));
    }

    /**
     * Returns the constant of that name in {@code lower-case-with-dashes}.
     *
     * @throws IllegalArgumentException listing all names, in the form that {@link #value} expects
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
     * Checks that all settings were read; call it last.
     *
     * @throws IllegalArgumentException if some are left, listing all known keys
     */
    public void requireNothingLeft() {
        if (!left.isEmpty()) {
            throw new IllegalArgumentException(
                    "unknown setting " + new TreeSet<>(left.keySet()) + "; known are " + String.join(", ", known));
        }
    }

    /** Throws {@link IllegalArgumentException} if a number is not in {@code lowest..highest}. */
    public static void requireRange(String key, int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException(key + " " + value + " is not in " + lowest + ".." + highest);
        }
    }
}
