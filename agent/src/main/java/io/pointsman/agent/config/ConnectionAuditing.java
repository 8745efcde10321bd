package io.pointsman.agent.config;

/** Whether the engine decides again what the kernel decided of connections. */
public enum ConnectionAuditing {
    OFF,
    /** Those that are wrong are counted. */
    COUNT,
    /** They are counted, and told of as problems and Events. */
    REPORT
}
