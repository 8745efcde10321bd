package io.pointsman.kubernetes.api;

/**
 * What a list says of itself.
 *
 * @param version the resourceVersion at which it was complete, an opaque text
 * @param next the token for the next page, empty after the last
 */
public record ApiPage(String version, String next) {}
