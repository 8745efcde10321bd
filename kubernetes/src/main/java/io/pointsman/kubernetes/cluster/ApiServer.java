package io.pointsman.kubernetes.cluster;

import io.pointsman.kubernetes.api.ApiStatus;
import io.pointsman.kubernetes.api.MalformedAnswerException;
import io.pointsman.model.ConfigException;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLException;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends requests to the API server by the current connection. After a 401 or a TLS error the configuration is read again
 * before the next request, as certificates and tokens are replaced on disk. Thread-safe.
 */
final class ApiServer {
    private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);

    private static final MediaType JSON = MediaType.get("application/json");
    private static final int NOT_FOUND = 404;
    private static final long MAX_REFUSAL_BYTES = 64 << 10;

    private final Connector connector;
    private final CallGuard guard;
    private final ApiRequests requests;
    private @Nullable Connection connection; // guarded by this
    private volatile boolean closed;

    ApiServer(Connector connector, CallGuard guard, ApiRequests requests) {
        this.connector = connector;
        this.guard = guard;
        this.requests = requests;
    }

    /**
     * Sends a GET and waits for the head of the response.
     *
     * @param query parameters by name
     * @throws ApiFailure if no response arrives in time, or one other than 200
     */
    Answer get(String path, Map<String, String> query, Duration headersWithin) throws ApiFailure {
        final Connection current = current();
        final Call call = current.client().newCall(request(current, path, query));
        final CallGuard.Guarded guarded = guard.watch(call::cancel, headersWithin);
        if (closed) {
            call.cancel();
        }
        try {
            final Answer answer = new Answer(execute(call), guarded);
            try {
                answer.requireOk();
                return answer;
            } catch (ApiFailure e) {
                answer.close();
                if (e.kind() == ApiFailure.Kind.UNAUTHORIZED) {
                    forget(current);
                }
                throw e;
            }
        } catch (IOException e) {
            guarded.close();
            if (e instanceof SSLException) {
                forget(current);
            }
            throw failure(e, guarded.overdue());
        }
    }

    /**
     * Creates an object; returns false if the server does not know its kind.
     *
     * @throws ApiFailure if the server does not accept it in time
     */
    boolean post(String path, String json, Duration within) throws ApiFailure {
        final Connection current = current();
        final Request request = request(current, path, Map.of())
                .newBuilder()
                .post(RequestBody.create(json, JSON))
                .build();
        final Call call =
                current.client().newBuilder().callTimeout(within).build().newCall(request);
        try (Response response = execute(call)) {
            if (!response.isSuccessful() && response.code() != NOT_FOUND) {
                throw refusal(response, current);
            }
            return response.isSuccessful();
        } catch (IOException e) {
            if (e instanceof SSLException) {
                forget(current);
            }
            throw failure(e, "");
        }
    }

    private Response execute(Call call) throws IOException {
        final HttpUrl url = call.request().url();
        final String host = url.host() + ":" + url.port();
        final String method = call.request().method();
        final long startNanos = System.nanoTime();
        try {
            final Response response = call.execute();
            requests.answered(method, host, response.code(), System.nanoTime() - startNanos);
            return response;
        } catch (IOException e) {
            requests.failed(method, host, System.nanoTime() - startNanos);
            throw e;
        }
    }

    private ApiFailure refusal(Response response, Connection used) throws IOException {
        final byte[] body = response.body() == null
                ? new byte[0]
                : response.peekBody(MAX_REFUSAL_BYTES).bytes();
        final ApiFailure failure = ApiFailure.of(ApiStatus.of(response.code(), body), Duration.ZERO);
        if (failure.kind() == ApiFailure.Kind.UNAUTHORIZED) {
            forget(used);
        }
        return failure;
    }

    private static Request request(Connection connection, String path, Map<String, String> query) throws ApiFailure {
        final HttpUrl.Builder url = connection.url().newBuilder().addPathSegments(path);
        query.forEach(url::addQueryParameter);
        final Request.Builder request = new Request.Builder()
                .url(url.build())
                .header("Accept", "application/json")
                .header("User-Agent", "pointsman");
        try {
            connection.credentials().header().ifPresent(value -> request.header("Authorization", value));
            return request.build();
        } catch (IOException | IllegalArgumentException e) {
            throw new ApiFailure(ApiFailure.Kind.OTHER, "the token can't be read: " + e, e);
        }
    }

    private synchronized Connection current() throws ApiFailure {
        if (connection == null) {
            try {
                connection = connector.connect();
                LOG.info("API server {}", connection.url());
            } catch (ConfigException e) {
                throw new ApiFailure(ApiFailure.Kind.OTHER, e.getMessage(), e);
            }
        }
        return connection;
    }

    private synchronized void forget(Connection used) {
        if (Objects.equals(connection, used)) {
            connection = null;
        }
    }

    /** Cancels current calls and those to come. */
    void close() {
        closed = true;
        guard.cancelAll();
    }

    static ApiFailure failure(IOException e, String overdue) {
        if (!overdue.isEmpty()) {
            return new ApiFailure(ApiFailure.Kind.OTHER, overdue, e);
        }
        return e instanceof MalformedAnswerException
                ? new ApiFailure(ApiFailure.Kind.MALFORMED, "the answer can't be parsed: " + e.getMessage(), e)
                : new ApiFailure(ApiFailure.Kind.OTHER, describe(e), e);
    }

    private static String describe(IOException e) {
        if (e instanceof EOFException || e.getCause() instanceof EOFException) {
            return "the server closed the connection";
        }
        final String what = e instanceof SSLException ? "TLS: " : "";
        final String message = e.getMessage();
        final Throwable cause = e.getCause();
        return what
                + (message == null || message.isEmpty() ? e.getClass().getSimpleName() : message)
                + (cause == null
                                || cause.getMessage() == null
                                || cause.getMessage().equals(message)
                        ? ""
                        : " (" + cause.getMessage() + ")");
    }
}
