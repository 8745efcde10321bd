package io.pointsman.agent.config;

/** Whether the engine checks the kernel's decisions about connections. */
public enum ConnectionAuditing {
    OFF,
    /** Wrong connections are counted. */
    COUNT,
    /** Wrong connections are counted, and reported as problems and Events. */
    REPORT
}
