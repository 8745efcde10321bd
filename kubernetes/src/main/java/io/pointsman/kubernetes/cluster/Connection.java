package io.pointsman.kubernetes.cluster;

import java.io.IOException;
import java.util.Optional;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;

/**
 * How to reach a server and who to be there.
 *
 * @param url ends in a slash
 */
record Connection(HttpUrl url, OkHttpClient client, Credentials credentials) {
    /** What goes into the header Authorization; asked for with each request, as tokens are replaced on disk. */
    interface Credentials {
        Optional<String> header() throws IOException;
    }
}
