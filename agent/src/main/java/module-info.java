/** The agent that runs on a node, and its commands. */
module io.pointsman.agent {
    requires transitive io.pointsman.api;
    requires transitive io.pointsman.kubernetes;
    requires io.pointsman.engine;
    requires transitive io.pointsman.linux;
    requires com.fasterxml.jackson.databind;
    requires info.picocli;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.http;
    requires io.netty.common;
    requires io.netty.transport;
    requires io.prometheus.metrics.core;
    requires io.prometheus.writer.text;
    requires io.prometheus.metrics.instrumentation.jvm;
    requires io.prometheus.metrics.model;
    requires jdk.net;
    requires org.slf4j;
    requires org.slf4j.simple;
    requires org.snakeyaml.engine.v2;
    requires static transitive org.jspecify;

    exports io.pointsman.agent;
    exports io.pointsman.agent.config;
    exports io.pointsman.agent.status;

    opens io.pointsman.agent.cli to
            info.picocli;

    uses io.pointsman.spi.BackendProvider;
}
