package io.pointsman.kubernetes.api;

import io.pointsman.kubernetes.ManifestLimits;
import io.pointsman.kubernetes.Quoted;
import io.pointsman.kubernetes.RefusedException;
import io.pointsman.kubernetes.UnreadableException;
import io.pointsman.kubernetes.decode.Field;
import io.pointsman.kubernetes.decode.ObjectDecoder;
import io.pointsman.kubernetes.yaml.JsonTokens;
import io.pointsman.kubernetes.yaml.Tree;
import io.pointsman.kubernetes.yaml.TreeReader;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Reason why an API server refused a request.
 *
 * @param code HTTP status code; 0 if the server gave none
 * @param reason the server's keyword ({@code Forbidden}, {@code Expired}), empty if it gave none
 * @param message explanation on one line, safe for a log
 * @param aheadOfServer the requested version is newer than the server's state
 */
public record ApiStatus(int code, String reason, String message, boolean aheadOfServer) {
    private static final int MAX_BODY_BYTES = 64 << 10;
    private static final int GONE = 410;

    public ApiStatus {
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(message, "message");
    }

    /** Reads the body of a refusal: a Status as JSON, or plain text, which some refusals have. */
    public static ApiStatus of(int httpCode, byte[] body) {
        if (body.length <= MAX_BODY_BYTES) {
            try {
                final JsonTokens tokens = new JsonTokens(new ByteArrayInputStream(body));
                if (tokens.nextDocument()) {
                    final Tree tree = new TreeReader(tokens, ManifestLimits.DEFAULT).read(tokens.next(), 1);
                    if (tree instanceof Tree.Mapping) {
                        return of(tree, httpCode);
                    }
                }
            } catch (UnreadableException _) {
                // plain text: 429, an unknown group's 404
            }
        }
        return new ApiStatus(httpCode, "", firstLine(new String(body, StandardCharsets.UTF_8)), false);
    }

    private static String firstLine(String text) {
        return Quoted.plain(text.strip().lines().findFirst().orElse(""));
    }

    static ApiStatus of(Tree status, int codeOtherwise) {
        return new ApiStatus(
                code(status, codeOtherwise),
                Quoted.plain(ObjectDecoder.textAt(status, "reason")),
                Quoted.plain(ObjectDecoder.textAt(status, "message")),
                isAhead(status));
    }

    private static int code(Tree status, int otherwise) {
        try {
            return Field.root(status).get("code").integer(0, 999, otherwise);
        } catch (RefusedException _) {
            return otherwise;
        }
    }

    /** Whether the requested version is newer than the server's. A restored server answers 504 with this cause. */
    private static boolean isAhead(Tree status) {
        try {
            for (Field cause : Field.root(status).get("details").get("causes").items()) {
                if (cause.get("reason").text("").equals("ResourceVersionTooLarge")) {
                    return true;
                }
            }
        } catch (RefusedException _) {
            return false; // details of another shape say nothing of versions
        }
        return false;
    }

    /** Whether the requested version is older than what the server keeps. */
    public boolean isExpired() {
        return code == GONE || reason.equals("Expired") || reason.equals("Gone");
    }

    @Override
    public String toString() {
        final String name = reason.isEmpty() ? "" : " " + reason;
        return (code == 0 ? "refused" : code) + name + (message.isEmpty() ? "" : ": " + message);
    }
}
