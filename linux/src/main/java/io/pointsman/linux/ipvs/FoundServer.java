package io.pointsman.linux.ipvs;

/** A virtual server as read from the kernel. */
public record FoundServer(ServerKey key, ServerSpec spec) {}
