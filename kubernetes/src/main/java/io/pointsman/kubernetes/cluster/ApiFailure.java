package io.pointsman.kubernetes.cluster;

import io.pointsman.kubernetes.api.ApiStatus;
import java.time.Duration;

/** A failed request. Every kind is retried; they differ in what is requested next. */
final class ApiFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private static final int BAD_REQUEST = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int UNPROCESSABLE = 422;

    /** Kind of failure, which decides what is requested next. */
    enum Kind {
        /** The version is too old for the server: everything is read again. */
        EXPIRED,
        /** The version is newer than the server, which was restored from a backup: everything is read again. */
        AHEAD,
        /** The server does not support the request. */
        UNSUPPORTED,
        /** The server does not accept the credentials. */
        UNAUTHORIZED,
        /** The user lacks a permission. */
        FORBIDDEN,
        /** The response is malformed, so earlier ones may be wrong too: everything is read again. */
        MALFORMED,
        /** The server has no such resource. */
        ABSENT,
        /** Any other failure, which may be temporary. */
        OTHER
    }

    private final Kind kind;
    private final Duration retryAfter;

    ApiFailure(Kind kind, String reason, Duration retryAfter) {
        super(reason);
        this.kind = kind;
        this.retryAfter = retryAfter;
    }

    ApiFailure(Kind kind, String reason, Throwable cause) {
        super(reason, cause);
        this.kind = kind;
        this.retryAfter = Duration.ZERO;
    }

    static ApiFailure of(ApiStatus status, Duration retryAfter) {
        return new ApiFailure(kind(status), status.toString(), retryAfter);
    }

    private static Kind kind(ApiStatus status) {
        if (status.isExpired()) {
            return Kind.EXPIRED;
        }
        if (status.aheadOfServer()) {
            return Kind.AHEAD;
        }
        return switch (status.code()) {
            case BAD_REQUEST, UNPROCESSABLE -> Kind.UNSUPPORTED;
            case UNAUTHORIZED -> Kind.UNAUTHORIZED;
            case FORBIDDEN -> Kind.FORBIDDEN;
            case NOT_FOUND -> Kind.ABSENT;
            default -> Kind.OTHER;
        };
    }

    Kind kind() {
        return kind;
    }

    /** Returns the least delay that the server asked for; zero if none. */
    Duration retryAfter() {
        return retryAfter;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
