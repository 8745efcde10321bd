package io.pointsman.model;

import java.util.Locale;

/** An enum constant as configuration, commands and metrics write it: {@code NODE_PORT} is {@code node-port}. */
public final class EnumToken {
    private EnumToken() {}

    /** Returns the constant's name in lower case, with hyphens. */
    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * Returns the constant that {@link #of} writes as this token.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static <E extends Enum<E>> E parse(Class<E> type, String token) {
        return Enum.valueOf(type, token.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /** Returns the constant's name as a JSON key: {@code BYTES_TO_CLIENTS} is {@code bytesToClients}. */
    public static String camel(Enum<?> constant) {
        final StringBuilder text = new StringBuilder();
        for (String word : constant.name().toLowerCase(Locale.ROOT).split("_", -1)) {
            text.append(text.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return text.toString();
    }
}
