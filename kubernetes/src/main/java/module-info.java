/** Sources of Services: manifests in files, and the API server. */
module io.pointsman.kubernetes {
    requires transitive io.pointsman.api;
    requires static transitive org.jspecify;
    requires com.fasterxml.jackson.core;
    requires transitive com.fasterxml.jackson.databind;
    requires jdk.net;
    requires kubernetes.client.api;
    requires kubernetes.httpclient.okhttp;
    requires transitive kubernetes.model.core;
    requires kubernetes.model.discovery;
    requires okhttp3;
    requires org.slf4j;
    requires org.snakeyaml.engine.v2;

    exports io.pointsman.kubernetes;
    exports io.pointsman.kubernetes.cluster;
    exports io.pointsman.kubernetes.decode;
    exports io.pointsman.kubernetes.files;
    exports io.pointsman.kubernetes.yaml;
}
