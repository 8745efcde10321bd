package io.pointsman.linux.ipvs;

/** A virtual server as the kernel has it. */
public record FoundServer(ServerKey key, ServerSpec spec) {}
