package io.pointsman.kubernetes.cluster;

import java.io.IOException;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;

/**
 * A server's URL, HTTP client and credentials.
 *
 * @param url ends in a slash
 */
record Connection(HttpUrl url, OkHttpClient client, Credentials credentials) {
    /** Supplies the Authorization header; asked for each request, as tokens are replaced on disk. */
    interface Credentials {
        Optional<String> header() throws IOException;
    }
}
