package io.pointsman.kubernetes.cluster;

import io.pointsman.kubernetes.api.ApiStatus;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import okhttp3.Response;
import okhttp3.ResponseBody;
import org.jspecify.annotations.Nullable;

/** The response to one request, to be read and closed by one thread. */
final class Answer implements AutoCloseable {
    private static final int OK = 200;
    private static final int MAX_REFUSAL_BYTES = 64 << 10;
    private static final long MAX_RETRY_AFTER_SECONDS = 60;

    private final Response response;
    private final ResponseBody body;
    private final CallGuard.Guarded guarded;

    Answer(Response response, CallGuard.Guarded guarded) {
        this.response = response;
        this.guarded = guarded;
        body = Objects.requireNonNull(response.body(), "an executed call has a body");
    }

    /** Sets the longest silence and the longest total time from now on. */
    void limit(Duration silence, Duration total) {
        guarded.limit(silence, total);
    }

    /** Records progress, which restarts the silence time. */
    void progress() {
        guarded.progress();
    }

    /** @throws ApiFailure unless the status is 200 */
    void requireOk() throws ApiFailure {
        if (response.code() == OK) {
            return;
        }
        byte[] refusal;
        try {
            refusal = body.byteStream().readNBytes(MAX_REFUSAL_BYTES);
        } catch (IOException _) {
            refusal = new byte[0]; // the code alone is enough
        }
        throw ApiFailure.of(ApiStatus.of(response.code(), refusal), retryAfter(response.header("Retry-After")));
    }

    private static Duration retryAfter(@Nullable String header) {
        if (header == null) {
            return Duration.ZERO;
        }
        try {
            return Duration.ofSeconds(Math.clamp(Long.parseLong(header), 0, MAX_RETRY_AFTER_SECONDS));
        } catch (NumberFormatException _) {
            return Duration.ZERO; // a date, which API servers don't send
        }
    }

    /** Returns the body; each byte read counts as progress. */
    InputStream bytes() {
        return new FilterInputStream(body.byteStream()) {
            @Override
            public int read() throws IOException {
                final int value = super.read();
                progress();
                return value;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                final int count = super.read(buffer, offset, length);
                progress();
                return count;
            }
        };
    }

    /** Returns the body; only {@link #progress} counts as progress. */
    InputStream events() {
        return body.byteStream();
    }

    /** Returns why reading failed: the guard's reason if it ended the call, rather than "closed". */
    ApiFailure failure(IOException e) {
        return ApiServer.failure(e, guarded.overdue());
    }

    @Override
    public void close() {
        guarded.close();
        response.close();
    }
}
