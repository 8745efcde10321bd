package io.pointsman.kubernetes.api;

/**
 * Metadata of a list.
 *
 * @param version the resourceVersion at which the list was complete, an opaque text
 * @param next the token for the next page, empty after the last
 */
public record ApiPage(String version, String next) {}
