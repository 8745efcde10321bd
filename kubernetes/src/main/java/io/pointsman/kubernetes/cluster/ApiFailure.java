package io.pointsman.kubernetes.cluster;

import io.pointsman.kubernetes.api.ApiStatus;
import java.time.Duration;

/** A request that did not get what it asked for. Every kind is tried again; they differ in what is asked then. */
final class ApiFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private static final int BAD_REQUEST = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int UNPROCESSABLE = 422;

    /** What to do about it. */
    enum Kind {
        /** The version is too old for the server: read everything again. */
        EXPIRED,
        /** The version is newer than the server: it went back in time, read everything again. */
        AHEAD,
        /** The request is not one that this server knows. */
        UNSUPPORTED,
        /** Who this is, is not known any more. */
        UNAUTHORIZED,
        /** Somebody has to allow it. */
        FORBIDDEN,
        /** What came makes no sense, so what it followed on may not either: read everything again. */
        MALFORMED,
        /** The server has no such resource. */
        ABSENT,
        /** Anything else, which time may heal. */
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

    /** What the server asked for at least; zero if nothing. */
    Duration retryAfter() {
        return retryAfter;
    }

    String reason() {
        return String.valueOf(getMessage());
    }
}
