package io.pointsman.model;

/** A setting or a file that can't be used. The message names the key or file, the value and what is allowed. */
public final class ConfigException extends PointsmanException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }

    public ConfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
