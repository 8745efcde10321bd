package io.pointsman.model;

import java.util.Locale;

/** An enum constant as configuration, commands and metrics write it: {@code NODE_PORT} is {@code node-port}. */
public final class EnumToken {
    private EnumToken() {}

    /** The constant's name in lower case, with hyphens. */
    public static String of(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
